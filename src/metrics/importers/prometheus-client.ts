import { setTimeout } from 'node:timers/promises';
import { OpenManagerError } from '../../core/errors.ts';
import type { Secret } from '../../core/secret.ts';
import { safeName } from '../../core/text.ts';

export interface PrometheusClientOptions {
  /** Where the API is, without `/api/v1`; http or https. */
  readonly url: URL;
  readonly bearerToken?: Secret | undefined;
  /** Told of each failure after which the request is repeated. */
  readonly onRetry?: (why: string) => void;
  readonly fetch?: typeof fetch;
  /** Waits, in milliseconds. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** The data of an answer, or that the server could not give as much at once. */
export type PrometheusAnswer =
  | { readonly kind: 'data'; readonly data: unknown }
  | { readonly kind: 'too_much'; readonly why: string };

export interface PrometheusClient {
  /**
   * Asks the HTTP API v1 (https://prometheus.io/docs/prometheus/latest/querying/api/), again where that may help.
   * @throws `unavailable` when it still fails, `unauthenticated`, `not_found`, or `invalid_argument` with what it refused.
   */
  get(path: string, parameters: Readonly<Record<string, string>>, signal: AbortSignal): Promise<PrometheusAnswer>;
}

type Outcome = PrometheusAnswer | { readonly kind: 'retry'; readonly why: string; readonly afterMs?: number };

const timeoutMs = 60_000;
const maxBodyBytes = 64 * 1024 ** 2;
const firstDelayMs = 1_000;
const maxDelayMs = 60_000;
const maxAttempts = 6;

export function createPrometheusClient(options: PrometheusClientOptions): PrometheusClient {
  const { url, onRetry = () => {}, sleep = (ms, signal) => setTimeout(ms, undefined, { signal }) } = options;
  return {
    async get(path, parameters, signal) {
      for (let attempt = 1; ; attempt++) {
        const outcome = await ask(options, path, parameters, signal);
        if (outcome.kind !== 'retry') return outcome;
        if (attempt === maxAttempts)
          throw new OpenManagerError('unavailable', `${url.host} failed ${attempt} times: ${outcome.why}.`);
        onRetry(outcome.why);
        const delayMs = Math.max(firstDelayMs * 2 ** (attempt - 1), outcome.afterMs ?? 0);
        await sleep(Math.min(maxDelayMs, delayMs), signal);
      }
    },
  };
}

async function ask(
  options: PrometheusClientOptions,
  path: string,
  parameters: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Outcome> {
  const { url, bearerToken, fetch: send = fetch } = options;
  const target = new URL(
    `${url.pathname.replace(/\/+$/, '')}/api/v1/${path}?${new URLSearchParams(parameters).toString()}`,
    url,
  );
  const headers = {
    accept: 'application/json',
    ...(bearerToken && { authorization: `Bearer ${bearerToken.reveal()}` }),
  };
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    // A redirect could lead the token, or what is imported, to another place.
    const response = await send(target, { headers, redirect: 'manual', signal: limits });
    const body = await readBody(response);
    if (body === null) return { kind: 'too_much', why: `an answer of more than ${maxBodyBytes / 1024 ** 2} MiB` };
    return judge(response, body, target);
  } catch (error) {
    if (error instanceof OpenManagerError) throw error;
    signal.throwIfAborted();
    return { kind: 'retry', why: connectionProblem(error) };
  }
}

/** Null when it is too large. */
async function readBody({ body }: Response): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body ?? []) {
    bytes += part.length;
    if (bytes > maxBodyBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function judge({ status, headers }: Response, body: string, url: URL): Outcome {
  if (status >= 300 && status < 400)
    throw new OpenManagerError(
      'invalid_argument',
      `${url.host} redirects elsewhere: give --url the address that answers.`,
    );
  if (status === 401 || status === 403)
    throw new OpenManagerError(
      'unauthenticated',
      `${url.host} refuses access (${status}): give a valid token with --bearer-token-file.`,
    );
  const answer = parse(body);
  const why = answer?.error === undefined ? `status ${status}` : `status ${status}, ${answer.error}`;
  if (isTooMuch(status, answer)) return { kind: 'too_much', why };
  // 501: what it does not implement, it will not.
  if (status === 429 || (status >= 500 && status !== 501))
    return { kind: 'retry', why, afterMs: retryAfterMs(headers) };
  if (answer === null)
    throw new OpenManagerError(
      'not_found',
      `${url.host} answers, but not as the API of Prometheus does (status ${status}): check the path of --url.`,
    );
  if (answer.status === 'success') return { kind: 'data', data: answer.data };
  const hint = url.searchParams.has('match[]') ? ' --match takes a selector such as {job="node"}.' : '';
  throw new OpenManagerError('invalid_argument', `${url.host} refuses the request: ${why}.${hint}`);
}

interface ApiAnswer {
  readonly status: unknown;
  readonly data: unknown;
  readonly errorType: unknown;
  /** Safe to show. */
  readonly error: string | undefined;
}

function parse(body: string): ApiAnswer | null {
  try {
    const { status, data, errorType, error } = JSON.parse(body) as Record<string, unknown>;
    if (status !== 'success' && status !== 'error') return null;
    return { status, data, errorType, error: typeof error === 'string' ? safeName(error, 300) : undefined };
  } catch {
    return null;
  }
}

/** A query that is too long, too large or too slow may pass with a shorter range; servers set limits of their own. */
function isTooMuch(status: number, answer: ApiAnswer | null): boolean {
  if (status === 413) return true;
  if (answer?.errorType === 'timeout') return true;
  const isRefused = status === 422 || status === 400;
  return isRefused && /maximum resolution|too many|limit/i.test(answer?.error ?? '');
}

function retryAfterMs(headers: Headers): number {
  const seconds = Number(headers.get('retry-after'));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

function connectionProblem(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'the connection broke';
  return `it cannot be reached (${safeName(code, 40)})`;
}
