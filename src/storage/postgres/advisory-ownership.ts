import { type Kysely, sql } from 'kysely';
import type { Database } from '../database.ts';
import { notOwner, type OwnerRole, type Ownership } from '../ownership.ts';
import type { Schema } from '../schema.ts';
import { lockKey } from './advisory-lock.ts';
import type { Session, SessionConnection } from './session.ts';

interface Held {
  readonly connection: SessionConnection;
  /** The role's row in `owner` has it as long as nobody else became the owner. */
  readonly epoch: number;
}

const key = lockKey("'role/' || $1::text");

/**
 * A role belongs to who holds its advisory lock, which the server frees with the connection. As a connection can break
 * without its holder noticing, each owner also counts up the role's epoch, and each transaction of an owner reads it
 * under a lock: it waits for, and is waited for by, who takes over.
 */
export function createOwnership(session: Session, db: Kysely<Schema>): Database['ownership'] {
  const roles = new Map<OwnerRole, Ownership>();
  return (role) => {
    const known = roles.get(role) ?? createRole(role, session, db);
    roles.set(role, known);
    return known;
  };
}

function createRole(role: OwnerRole, session: Session, db: Kysely<Schema>): Ownership {
  let held: Held | undefined;

  return {
    tryAcquire: () =>
      session.run(async (connection) => {
        if (held?.connection === connection) return true;
        held = undefined;
        if (!(await tryLock(connection, role))) return false;
        const epoch = await nextEpoch(connection, role);
        if (epoch !== undefined) held = { connection, epoch };
        return epoch !== undefined;
      }),

    async transaction(work) {
      const mine = held;
      if (mine === undefined || session.connection !== mine.connection) throw notOwner();
      return db.transaction().execute(async (transaction) => {
        const { rows } = await sql<{ epoch: number }>`
          select epoch from owner where role = ${role} for share`.execute(transaction);
        if (rows[0]?.epoch !== mine.epoch || session.connection !== mine.connection) throw notOwner();
        return work(transaction);
      });
    },

    async release() {
      const mine = held;
      held = undefined;
      if (mine === undefined || session.connection !== mine.connection) return;
      await session.run((connection) => unlock(connection, role));
    },
  };
}

async function tryLock(connection: SessionConnection, role: OwnerRole): Promise<boolean> {
  const rows = await connection.query<{ locked: boolean }>(`select pg_try_advisory_lock(${key}) as locked`, [role]);
  return rows[0]?.locked === true;
}

async function unlock(connection: SessionConnection, role: OwnerRole): Promise<void> {
  await connection.query(`select pg_advisory_unlock(${key})`, [role]);
}

const lockNotAvailable = '55P03';

/** Undefined, without the lock, while a transaction of the last owner is still under way. */
async function nextEpoch(connection: SessionConnection, role: OwnerRole): Promise<number | undefined> {
  try {
    const rows = await connection.query<{ epoch: number }>(
      `insert into owner (role, epoch) values ($1, 1)
       on conflict (role) do update set epoch = owner.epoch + 1 returning epoch`,
      [role],
    );
    return rows[0]?.epoch;
  } catch (error) {
    await unlock(connection, role);
    if ((error as { code?: string }).code === lockNotAvailable) return undefined;
    throw error;
  }
}
