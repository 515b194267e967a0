/** The codes are part of the interface: callers, tests and the audit log rely on them. */
export type ErrorCode =
  | 'invalid_argument'
  | 'invalid_configuration'
  | 'not_found'
  | 'unauthenticated'
  | 'forbidden'
  | 'conflict'
  | 'cancelled'
  | 'timeout'
  | 'unavailable'
  | 'storage_full'
  | 'storage_read_only'
  | 'storage_corrupt'
  | 'storage_too_new'
  | 'internal';

/**
 * The one error family. `message` is safe for a model to read: it names what was wrong, the valid values and where to
 * find them, and holds no secret, path of a dependency or raw driver text. The original error stays in `cause`.
 */
export class OpenManagerError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'OpenManagerError';
    this.code = code;
  }
}

/** Any thrown value as an {@link OpenManagerError}; what is not ours becomes `internal` with a neutral message. */
export function toOpenManagerError(thrown: unknown): OpenManagerError {
  if (thrown instanceof OpenManagerError) return thrown;
  if (isAbort(thrown)) return new OpenManagerError('cancelled', 'The request was cancelled.', { cause: thrown });
  return new OpenManagerError('internal', 'Something failed inside OpenManager; its log on stderr has the details.', {
    cause: thrown,
  });
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
