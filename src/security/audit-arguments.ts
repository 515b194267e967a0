/** Bytes of JSON kept of a call's arguments. */
const maxArgumentBytes = 4_096;

/** Names of values that are not kept; `max_tokens` is a parameter of most tools and no secret. */
const secretName = /^(?!max_tokens$).*(pass|secret|token|key|authorization|cookie)/is;

const redacted = '<redacted>';

/**
 * Arguments as JSON for the audit log: values under names that look secret and Secret instances are redacted. What is
 * longer than 4 KiB becomes `{"$truncated": <bytes>, "head": <its beginning>}`.
 */
export function auditArguments(value: unknown): string {
  const json = toJson(value).toWellFormed();
  const bytes = Buffer.byteLength(json);
  return bytes <= maxArgumentBytes ? json : truncated(json, bytes);
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, hideSecrets) ?? 'null';
  } catch {
    return '{"$unreadable":true}';
  }
}

function hideSecrets(name: string, value: unknown): unknown {
  if (secretName.test(name) && value !== undefined && value !== null) return redacted;
  return typeof value === 'bigint' ? String(value) : value;
}

/** The head is JSON in JSON: quoting it again makes it longer, at worst sixfold. */
function truncated(json: string, bytes: number): string {
  let head = json.slice(0, maxArgumentBytes);
  for (;;) {
    const text = JSON.stringify({ $truncated: bytes, head });
    const excess = Buffer.byteLength(text) - maxArgumentBytes;
    if (excess <= 0) return text;
    head = head.slice(0, -Math.max(1, Math.ceil(excess / 6))).toWellFormed();
  }
}
