import pg from 'pg';
import type { PostgresCluster } from '../postgres-cluster.ts';
import { until } from '../until.ts';

/** Something that keeps PostgreSQL from storing, until it is ended. */
export interface Outage {
  readonly name: string;
  /** @returns how to end it. */
  begin(cluster: PostgresCluster, url: string): Promise<() => Promise<void>>;
}

const killed: Outage = {
  name: 'killed',
  async begin(cluster) {
    await cluster.stop('SIGKILL');
    return () => cluster.start();
  },
};

const suspended: Outage = {
  name: 'all of its processes suspended',
  async begin(cluster, url) {
    const pids = [cluster.pid, ...(await backendsOf(cluster, url))];
    signal(pids, 'SIGSTOP');
    return async () => signal(pids, 'SIGCONT');
  },
};

const stuck: Outage = {
  name: "the program's backends suspended",
  async begin(cluster, url) {
    const pids = await backendsOf(cluster, url);
    signal(pids, 'SIGSTOP');
    return async () => signal(pids, 'SIGCONT');
  },
};

const slow: Outage = {
  name: 'a table locked by somebody',
  async begin(_cluster, url) {
    const client = await connected(url);
    await client.query('begin; lock table journal in access exclusive mode');
    return () => client.end();
  },
};

const readOnly: Outage = {
  name: 'read-only',
  async begin(cluster) {
    const set = async (sql: string) => {
      await cluster.query(sql);
      await cluster.query('select pg_reload_conf()');
    };
    await set('alter system set default_transaction_read_only = on');
    return () => set('alter system reset default_transaction_read_only');
  },
};

const full: Outage = {
  name: 'out of connections',
  async begin(_cluster, url) {
    const admin = await connected(url);
    const others: pg.Client[] = [];
    let wanted = true;
    const takeAll = async () => {
      while (wanted) {
        const client = await connected(url).catch(() => undefined);
        if (client !== undefined) others.push(client);
        else await new Promise((resolve) => setTimeout(resolve, 5));
      }
    };
    const taking = takeAll();
    await until('the program to have no connection', async () => {
      await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'openmanager'",
      );
      const { rows } = await admin.query(
        `select count(*) filter (where application_name = 'openmanager') as ours, count(*) as taken
         from pg_stat_activity where backend_type = 'client backend'`,
      );
      return Number(rows[0]?.ours) === 0 && Number(rows[0]?.taken) >= smallServer.connections;
    });
    return async () => {
      wanted = false;
      await taking;
      await Promise.all([admin, ...others].map((client) => client.end()));
    };
  },
};

/** Settings of a server that {@link full} can fill. */
export const smallServer = { connections: 12, settings: ['max_connections = 12'] };

export const outages = { killed, suspended, stuck, slow, readOnly, full } as const satisfies Record<string, Outage>;

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'other' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function backendsOf(cluster: PostgresCluster, url: string): Promise<number[]> {
  const rows = await cluster.query("select pid from pg_stat_activity where application_name = 'openmanager'", url);
  return rows.map(({ pid }) => Number(pid));
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, name);
}
