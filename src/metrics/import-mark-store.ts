import { createHash } from 'node:crypto';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import { readSetting, writeSetting } from '../storage/settings-store.ts';

/** The time that an import has covered, both ends included, in milliseconds since the epoch. */
export interface ImportMark {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** How far imports came, kept with the data that they brought. An import is known by what tells it from others. */
export interface ImportMarks {
  read(identity: readonly unknown[]): Promise<ImportMark | null>;
  write(identity: readonly unknown[], mark: ImportMark): Promise<void>;
}

export function createImportMarks(source: DatabaseSource, now: () => number): ImportMarks {
  return {
    async read(identity) {
      const { db } = await databaseOf(source);
      return readSetting<ImportMark>(db, keyOf(identity));
    },
    async write(identity, { fromMs, untilMs }) {
      const { db } = await databaseOf(source);
      await writeSetting(db, keyOf(identity), { fromMs, untilMs }, { by: 'import', nowMs: now() });
    },
  };
}

/** A hash, as a URL may hold what is not to be kept. */
function keyOf(identity: readonly unknown[]): string {
  return `import.${createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32)}`;
}
