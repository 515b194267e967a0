import type { Kysely } from 'kysely';
import { OpenManagerError } from '../../core/errors.ts';
import type { Database } from '../../storage/database.ts';
import type { Ownership } from '../../storage/ownership.ts';
import type { Schema } from '../../storage/schema.ts';
import type { Damage } from '../damage.ts';
import { createDamageCount } from '../damage-store.ts';
import { assertTarget, beginCopy, type CopyNote, type Stage, saveNote } from './copy-note-store.ts';
import { type Batch, type CopyParts, stages } from './copy-rows-store.ts';
import { type Digest, fingerprintOf, withIds } from './digest.ts';
import { assertSame, digestOf } from './digest-store.ts';
import { copyIdentities } from './identity-store.ts';
import { countRows } from './row-counts-store.ts';

export interface CopyProgress {
  /** `read`: everything in `from` is read, to know what the copy has to be; `check`: the copy is read and compared to it. */
  readonly stage: 'read' | Stage | 'check';
  readonly done: number;
  readonly total: number;
}

export interface CopyOptions {
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal: AbortSignal;
}

/** Rows that were copied, by this run and earlier ones. */
export interface Copied {
  /** False when an earlier run had finished: nothing was changed then, and others may have changed the copy since. */
  readonly changed: boolean;
  readonly hosts: number;
  readonly series: number;
  readonly chunks: number;
  readonly readings: number;
  readonly auditEntries: number;
  /** Of the chunks: copied as they are. */
  readonly damage: Damage;
}

/**
 * Copies everything but what belongs to running processes (events, owners) from one database to another of either kind,
 * as it is at one moment, and compares both in the end. In small transactions: a copy that was interrupted goes on where
 * it was, or begins anew when `from` has changed meanwhile, in whatever way: each run first reads `from` whole. Nothing else may use `from.db` in this process until then.
 * @throws `conflict` when `to` holds something else, or another process works on it; `storage_corrupt` when the copy
 * differs, with the series or table; `cancelled`; and what the databases throw.
 */
export async function copyStore(from: Database, to: Database, options: CopyOptions): Promise<Copied> {
  const owner = to.ownership('maintain');
  if (!(await owner.tryAcquire()))
    throw new OpenManagerError('conflict', 'Another OpenManager works on the database to copy to. Stop it first.');
  try {
    return await copyOwned(from, to, owner, options);
  } finally {
    await owner.release();
  }
}

async function copyOwned(from: Database, to: Database, owner: Ownership, options: CopyOptions): Promise<Copied> {
  await assertTarget(to.db);
  const snapshot = from.db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  const damaged = createDamageCount();
  const { counts, damage, note, expected } = await snapshot.execute(async (transaction) => {
    const counts = await countRows(transaction, options.signal);
    const progress = reading('read', counts.totals, options);
    const digest = await digestOf({ database: from, on: transaction, ...progress, onChunk: damaged.look });
    const damage = await damaged.total(transaction);
    const note = await beginCopy(to.db, owner, fingerprintOf(digest));
    if (note.done) return { counts, damage, note };
    const ids = await owner.transaction((target) => copyIdentities(transaction, target));
    await copyRows({ from, snapshot: transaction, to, ids }, owner, note, counts.totals, options);
    return { counts, damage, note, expected: withIds(digest, ids) };
  });
  const { hosts, series, totals } = counts;
  if (expected !== undefined) await finish(to, owner, note, expected, reading('check', totals, options));
  const { chunk: chunks, journal: readings, audit: auditEntries } = totals;
  return { changed: !note.done, hosts, series, chunks, readings, auditEntries, damage };
}

async function copyRows(
  parts: CopyParts,
  owner: Ownership,
  begun: CopyNote,
  totals: Readonly<Record<Stage, number>>,
  { onProgress, signal }: CopyOptions,
): Promise<void> {
  const names = Object.keys(stages) as Stage[];
  for (const stage of names.slice(names.indexOf(begun.stage))) {
    const { after, rows } = stage === begun.stage ? begun : { after: [], rows: 0 };
    let done = rows;
    for await (const batch of stages[stage](parts, after)) {
      signal.throwIfAborted();
      done += batch.rows;
      const note = { ...begun, stage, after: batch.after, rows: done };
      await owner.transaction((target) => writeBatch(target, parts, batch, note));
      onProgress?.({ stage, done, total: totals[stage] });
    }
  }
}

async function writeBatch(target: Kysely<Schema>, { to, ids }: CopyParts, batch: Batch, note: CopyNote): Promise<void> {
  await to.lockHosts(target, [...ids.hosts.values()]);
  await batch.write(target);
  await saveNote(target, note);
}

async function finish(
  to: Database,
  owner: Ownership,
  note: CopyNote,
  expected: Digest,
  progress: ReturnType<typeof reading>,
): Promise<void> {
  const actual = await digestOf({ database: to, on: to.db, ...progress });
  await assertSame(to.db, expected, actual);
  await owner.transaction((target) => saveNote(target, { ...note, done: true }));
}

/** Progress of reading one of the two sides. */
function reading(
  stage: 'read' | 'check',
  totals: Readonly<Record<Stage, number>>,
  { onProgress, signal }: CopyOptions,
) {
  const total = Object.values(totals).reduce((sum, rows) => sum + rows);
  let done = 0;
  return {
    signal,
    onRows(count: number): void {
      done += count;
      onProgress?.({ stage, done, total });
    },
  };
}
