import { programCommand, type StartedServer, startServing } from '../program.ts';
import { isPostgres, type Where } from './open-at.ts';

/** Several programs on one place, each with a name. */
export interface Servers extends AsyncDisposable {
  /** Process ids by name. */
  readonly processes: ReadonlyMap<string, number>;
  /** @throws Error when no server has this process id. */
  server(pid: number): StartedServer;
}

/**
 * Starts servers at the same moment; all are killed in the end.
 * @param dataDir where the token lies, and the database when `where` is no PostgreSQL.
 * @param program the built program; its own place when left out.
 */
export async function startServers(
  count: number,
  where: Where,
  dataDir: string,
  program: string | undefined,
): Promise<Servers> {
  const names = Array.from({ length: count }, (_, i) => `server-${i}`);
  const started = await Promise.all(
    names.map((name) => {
      const { command, args, env } = programCommand(dataDir, 'serve', '--port', '0');
      const words = program === undefined ? args : [program, ...args.slice(1)];
      const url = { OPENMANAGER_DATABASE_URL: `${where}?application_name=${name}` };
      return startServing({ command, args: words, env: isPostgres(where) ? { ...env, ...url } : env }, dataDir);
    }),
  );
  return {
    processes: new Map(names.map((name, i) => [name, started[i]?.pid ?? 0])),
    server(pid) {
      const found = started.find((one) => one.pid === pid);
      if (found === undefined) throw new Error(`${pid} is none of the servers`);
      return found;
    },
    async [Symbol.asyncDispose]() {
      for (const one of started) one.kill('SIGKILL');
      await Promise.all(started.map(({ ended }) => ended));
    },
  };
}
