import type { Damage } from '../metrics/damage.ts';
import { findDamage } from '../metrics/damage-store.ts';
import type { Database } from '../storage/database.ts';
import { counted } from './import-summary.ts';
import type { Progress } from './progress.ts';

/** Looks for damaged chunks, and says how far it is. */
export function checkHistory(database: Database, progress: Progress, signal: AbortSignal): Promise<Damage> {
  const onChunks = (count: number) => progress.update(() => `checking the history: ${counted(count, 'chunk')} read`);
  return findDamage(database, { onChunks, signal });
}
