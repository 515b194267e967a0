import type { Kysely } from 'kysely';
import type { Schema } from '../../storage/schema.ts';

/** A piece of what the detectors of a host have learned. */
export interface StoredState {
  readonly format: number;
  /** The time of the last sample that is learned. */
  readonly timeMs: number;
  readonly data: Uint8Array;
}

/** In their order; none when nothing is stored of the host. */
export async function readStates(db: Kysely<Schema>, host: string): Promise<StoredState[]> {
  const rows = await db
    .selectFrom('detector_state')
    .select(['format', 'time_ms', 'data'])
    .where('host_id', '=', ({ selectFrom }) => selectFrom('host').select('id').where('name', '=', host))
    .orderBy('piece')
    .execute();
  return rows.map(({ time_ms, ...row }) => ({ ...row, timeMs: time_ms }));
}

/** Stores all pieces in the place of those that there are. */
export async function saveStates(db: Kysely<Schema>, hostId: number, states: readonly StoredState[]): Promise<void> {
  await db.deleteFrom('detector_state').where('host_id', '=', hostId).execute();
  for (const [piece, { format, timeMs, data }] of states.entries())
    await db.insertInto('detector_state').values({ host_id: hostId, piece, format, time_ms: timeMs, data }).execute();
}

/** Deletes the states of hosts of which no sample is left, and those that are of before `beforeMs`. */
export async function deleteOldStates(db: Kysely<Schema>, beforeMs: number): Promise<void> {
  await db
    .deleteFrom('detector_state')
    .where(({ eb, or, and, not, exists, selectFrom }) =>
      or([
        eb('time_ms', '<', Math.max(0, Math.ceil(beforeMs))),
        and([
          not(
            exists(selectFrom('layout').select('layout.id').whereRef('layout.host_id', '=', 'detector_state.host_id')),
          ),
          not(
            exists(selectFrom('series').select('series.id').whereRef('series.host_id', '=', 'detector_state.host_id')),
          ),
        ]),
      ]),
    )
    .execute();
}
