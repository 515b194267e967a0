import type { IncomingHttpHeaders } from 'node:http';

export interface OriginRules {
  readonly allowedHosts: readonly string[];
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Why a request's Host or Origin is refused, or null. A page on another site that has its name resolved to this machine
 * (DNS rebinding) sends its own name in Host; a page that calls us across origins sends its own in Origin.
 */
export function checkOrigin(headers: IncomingHttpHeaders, rules: OriginRules): string | null {
  const named = new Set(
    rules.allowedHosts.map((name) => hostName(`http://${name.includes(':') ? bracketed(name) : name}`)),
  );
  const allowed = (name: string | null) => name !== null && (loopback.has(name) || named.has(name));
  if (!allowed(hostName(`http://${headers.host ?? ''}`))) {
    return 'Forbidden: this Host is not served; name it with --allowed-hosts.';
  }
  const { origin } = headers;
  if (origin !== undefined && !allowed(hostName(origin)))
    return 'Forbidden: this Origin may not call; name it with --allowed-hosts.';
  return null;
}

function bracketed(name: string): string {
  return name.startsWith('[') ? name : `[${name}]`;
}

/** The host name of an http(s) URL, in lower case, IPv6 in brackets; null when it is none (an opaque `null` origin, a file). */
function hostName(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, username, password, pathname, search, hash } = new URL(url);
  const more = `${username}${password}${pathname.slice(1)}${search}${hash}`;
  return /^https?:$/.test(protocol) && more === '' ? hostname : null;
}
