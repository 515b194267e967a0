import { existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { lockKey } from '../../../src/storage/postgres/advisory-lock.ts';
import { ownerFile } from '../../../src/storage/sqlite/protocol.ts';
import { isPostgres, type Where } from './open-at.ts';

/** Sees from outside which of some processes own, and which of them store. */
export interface OwnerView extends AsyncDisposable {
  /** The process ids of all that own now. */
  owners(): Promise<number[]>;
  /** The process ids of all that have stored something since this was asked last, in the order in which they did. */
  writers(): Promise<number[]>;
}

/** @param processes by the name that each has on PostgreSQL. */
export async function viewOwners(where: Where, processes: ReadonlyMap<string, number>): Promise<OwnerView> {
  return isPostgres(where) ? viewPostgres(where, processes) : viewFolder(where, [...processes.values()]);
}

async function viewPostgres(url: string, processes: ReadonlyMap<string, number>): Promise<OwnerView> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const key = lockKey("'role/' || $1::text");
  const pidsOf = (rows: { name: string }[]) => rows.map(({ name }) => processes.get(name) ?? -1);
  await client.query(`
    create table witness (id bigint generated always as identity, name text);
    create function note_writer() returns trigger language plpgsql as
      $$ begin insert into witness (name) values (current_setting('application_name')); return new; end $$;
    create trigger witness after insert or update on journal for each row execute function note_writer()`);
  return {
    async owners() {
      const { rows } = await client.query(
        `select application_name as name from pg_locks join pg_stat_activity using (pid)
         where locktype = 'advisory' and granted and objsubid = 1 and classid::bigint << 32 | objid::bigint = ${key}`,
        [`collect:${hostname()}`],
      );
      return pidsOf(rows);
    },
    async writers() {
      const { rows } = await client.query(
        `with seen as (delete from witness returning id, name)
         select name from seen group by name order by min(id)`,
      );
      return pidsOf(rows);
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}

/** A page: a process that stores a reading writes several, one that does not writes some bytes to wake its threads. */
const writtenBytes = 4_096;

function viewFolder(dataDir: string, pids: readonly number[]): OwnerView {
  const seen = new Map<number, number>();
  return {
    owners: async () => lockHolders(join(dataDir, ownerFile)),
    async writers() {
      return pids.filter((pid) => {
        const bytes = bytesWrittenBy(pid);
        const before = seen.get(pid) ?? bytes;
        seen.set(pid, bytes);
        return bytes - before >= writtenBytes;
      });
    },
    [Symbol.asyncDispose]: async () => {},
  };
}

/** What a process that has an exclusive transaction locks (SHARED_FIRST in https://www.sqlite.org/src/file/src/os.h). */
const sharedFirst = 0x4000_0002;

function lockHolders(path: string): number[] {
  if (!existsSync(path)) return [];
  const { ino } = statSync(path);
  // Each line is as "1: POSIX  ADVISORY  WRITE 1234 08:02:5678 1073741826 1073742335", see proc_locks(5).
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , mode, , file = '', first, last]) => {
      const covers = Number(first) <= sharedFirst && (last === 'EOF' || Number(last) >= sharedFirst);
      return mode === 'WRITE' && Number(file.split(':')[2]) === ino && covers;
    })
    .map(([, , , , pid]) => Number(pid));
}

/** All that a process has handed to `write`; 0 when it is gone. See proc_pid_io(5). */
function bytesWrittenBy(pid: number): number {
  try {
    return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}
