import { OpenManagerError } from '../core/errors.ts';

const patienceMs = 1_000;

/** The error of a port that is taken, with more to it where another OpenManager answers there; any other as it is. */
export async function explainTaken(error: unknown, { host, port }: { host: string; port: number }): Promise<unknown> {
  if (!isTaken(error) || !(await isOurs(port))) return error;
  return new OpenManagerError(
    'unavailable',
    `Cannot listen on ${host}:${port}: an OpenManager serves on that port already. Connect clients to it, or pass another --port. "openmanager service status" tells whether it is your background service.`,
    { cause: error },
  );
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof OpenManagerError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}

/** Asks without a token, which ours refuses by its name. */
async function isOurs(port: number): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const { status, headers, body } = await fetch(`http://127.0.0.1:${port}/mcp`, { redirect: 'manual', signal });
    await body?.cancel();
    return status === 401 && headers.get('www-authenticate') === 'Bearer realm="openmanager"';
  } catch {
    return false;
  }
}
