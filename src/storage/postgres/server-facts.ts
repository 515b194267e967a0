import { sql } from 'kysely';
import type { Database } from '../database.ts';

export interface ServerFacts {
  readonly version: string;
  /** Whether others on the network could read what we send: neither encrypted nor within this machine. */
  readonly exposed: boolean;
  /** How long a question took that costs the server nothing. */
  readonly latencyMs: number;
}

/** @throws the codes of the {@link Database}. */
export async function serverFacts({ db }: Database): Promise<ServerFacts> {
  const { rows } = await sql<{ version: string; exposed: boolean }>`
    select current_setting('server_version') as version,
      not coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false)
        and not coalesce(inet_client_addr() <<= '127.0.0.0/8' or inet_client_addr() = '::1', true) as exposed`.execute(
    db,
  );
  const startedMs = performance.now();
  await sql`select 1`.execute(db);
  const latencyMs = performance.now() - startedMs;
  return { version: rows[0]?.version ?? '', exposed: rows[0]?.exposed === true, latencyMs };
}
