import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export interface ClusterOptions {
  /** Without it, whoever reaches the port gets in. */
  readonly password?: string;
  /** Lines of postgresql.conf, e.g. `max_connections = 5`. */
  readonly settings?: readonly string[];
}

/** Orderly; at once, telling its processes; as a crash would. */
type StopSignal = 'SIGINT' | 'SIGQUIT' | 'SIGKILL';

/** A PostgreSQL server of its own, with its data in a temporary folder. */
export interface PostgresCluster extends AsyncDisposable {
  readonly port: number;
  /** The process that all others of the server belong to. */
  readonly pid: number;
  /** Creates an empty database and returns its URL. */
  createDatabase(): Promise<string>;
  /** An empty schema in a database that others use too, and its URL: at a fraction of the time and of the files. */
  createSchema(): Promise<string>;
  /** Runs one statement as the superuser, in the database of `url` or in `postgres`. */
  query(sql: string, url?: string): Promise<Record<string, unknown>[]>;
  stop(signal?: StopSignal): Promise<void>;
  /** On the same port, with the same data. */
  start(): Promise<void>;
}

const user = 'openmanager';

/** The folder of the server's programs, the newest version; undefined where it is not installed. */
function binaries(): string | undefined {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const installed = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`);
  const onPath = (process.env.PATH ?? '').split(':').filter(Boolean);
  return [...installed, ...onPath].find((dir) => ['initdb', 'postgres'].every((name) => existsSync(join(dir, name))));
}

/**
 * One server for all tests of a file. They are skipped where PostgreSQL is not installed, and fail there when services
 * are required.
 */
export function postgresForTests(options: ClusterOptions = {}): () => PostgresCluster {
  let cluster: PostgresCluster | undefined;
  const missing = binaries() === undefined && process.env.CI_REQUIRE_SERVICES !== '1';
  beforeAll(async () => {
    if (!missing) cluster = await startPostgres(options);
  });
  afterAll(async () => cluster?.[Symbol.asyncDispose]());
  beforeEach(({ skip }) => skip(missing, 'PostgreSQL is not installed'));
  return () => {
    if (cluster === undefined) throw new Error('the server is started before the first test');
    return cluster;
  };
}

/** @throws Error when PostgreSQL is not installed or does not start. */
export async function startPostgres(options: ClusterOptions = {}): Promise<PostgresCluster> {
  const bin = binaries();
  if (bin === undefined) throw new Error('PostgreSQL is not installed: apt-get install postgresql');
  const account = serverAccount();
  const dir = mkdtempSync(join(tmpdir(), 'openmanager-postgres-'));
  if (account.uid !== undefined) chownSync(dir, account.uid, account.gid ?? account.uid);
  chmodSync(dir, 0o700);
  const port = await freePort();
  const data = join(dir, 'data');
  initialize(bin, data, options, account);
  appendFileSync(join(data, 'postgresql.conf'), `${configuration(port, options).join('\n')}\n`);

  const log = join(dir, 'log');
  const base = `postgres://${user}${options.password ? `:${encodeURIComponent(options.password)}` : ''}@127.0.0.1:${port}`;
  const program = join(bin, 'postgres');
  let server: ChildProcess | undefined;
  let created = 0;

  async function query(sql: string, url = `${base}/postgres`): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async function start(): Promise<void> {
    const child = spawn(program, ['-D', data], {
      ...account,
      cwd: dir,
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text: Buffer) => appendFileSync(log, text));
    server = child;
    // Should the tests end without ending it.
    const kill = () => child.kill('SIGKILL');
    process.once('exit', kill);
    child.once('exit', () => process.off('exit', kill));
    await until('PostgreSQL to start', async () => {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended; its log is ${log}`);
      return query('select 1').then(
        () => true,
        () => false,
      );
    });
  }

  async function stop(signal: StopSignal = 'SIGINT'): Promise<void> {
    const child = server;
    server = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }

  await start();
  return {
    port,
    get pid() {
      return server?.pid ?? -1;
    },
    async createDatabase() {
      created += 1;
      await query(`create database test_${created}`);
      return `${base}/test_${created}`;
    },
    async createSchema() {
      created += 1;
      await query(`create schema test_${created}`);
      return `${base}/postgres?options=${encodeURIComponent(`-c search_path=test_${created}`)}`;
    },
    query,
    stop,
    start,
    async [Symbol.asyncDispose]() {
      // Without the checkpoint of an orderly stop: nothing of it is kept.
      await stop('SIGQUIT');
      rmSync(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** PostgreSQL refuses to run as root. */
export function serverAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string, name: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  try {
    return { uid: id('-u', 'postgres'), gid: id('-g', 'postgres') };
  } catch {
    return { uid: id('-u', 'nobody'), gid: id('-g', 'nobody') };
  }
}

function initialize(bin: string, data: string, { password }: ClusterOptions, account: { uid?: number; gid?: number }) {
  const passwordFile = `${data}-password`;
  const authentication =
    password === undefined ? ['--auth=trust'] : ['--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  if (password !== undefined) {
    writeFileSync(passwordFile, password);
    if (account.uid !== undefined) chownSync(passwordFile, account.uid, account.gid ?? account.uid);
  }
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', user, '--encoding=UTF8', '--locale=C', '--no-sync', ...authentication],
    { ...account, cwd: tmpdir(), stdio: 'ignore' },
  );
}

function configuration(port: number, { settings = [] }: ClusterOptions): string[] {
  return [
    `port = ${port}`,
    "listen_addresses = '127.0.0.1'",
    "unix_socket_directories = ''",
    "shared_buffers = '16MB'",
    'autovacuum = off',
    ...settings,
  ];
}
