import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { OpenManagerError } from '../core/errors.ts';
import { type CopyProgress, copyStore } from '../metrics/copy/copy-store.ts';
import { noDamage } from '../metrics/damage.ts';
import type { Database } from '../storage/database.ts';
import { openDatabase } from '../storage/open-database.ts';
import { openSqlite } from '../storage/sqlite/open-sqlite.ts';
import { databaseFile } from '../storage/sqlite/protocol.ts';
import { replaceDatabase, whileOwning } from '../storage/sqlite/replace-file.ts';
import { sealFile } from '../storage/sqlite/seal-file.ts';
import { fileError, type StagedFile, stageFile, withFileErrors } from '../storage/sqlite/staged-file.ts';
import { backupPath } from './backup.ts';
import { runCancellable } from './cancellable.ts';
import { checkHistory } from './check-history.ts';
import type { Command, CommandContext } from './command.ts';
import { copyProgressText } from './copy-progress.ts';
import { damageText } from './damage-text.ts';
import { createProgress, type Progress } from './progress.ts';

export const restoreCommand: Command = {
  name: 'restore',
  usage: 'FILE',
  summary: 'put a backup in the place of the database',
  run(context) {
    const { databaseUrl } = context.config;
    return runCancellable({
      work: async (signal) => {
        if (databaseUrl !== undefined) assertUnforced(context);
        const parts = { ...context, file: existingBackup(context) };
        return await (databaseUrl === undefined ? restoreFile(parts, signal) : restoreIntoPostgres(parts, signal));
      },
      howToGoOn: () =>
        databaseUrl === undefined
          ? 'Nothing was changed.'
          : 'What was copied stays in PostgreSQL: run the same command again before you start a server on it.',
    });
  },
};

interface RestoreContext extends CommandContext {
  /** The backup, by its absolute path. */
  readonly file: string;
}

/** @throws `invalid_configuration` when no file was named, `not_found` when it is not there */
function existingBackup({ commandLine }: CommandContext): string {
  const file = backupPath(commandLine.words[1], 'restore');
  if (existsSync(file)) return file;
  throw new OpenManagerError('not_found', `There is no file ${file}.`);
}

/** Tables that servers of several machines may use are not set aside as a file is. */
function assertUnforced({ options }: CommandContext): void {
  if (options.force !== true) return;
  throw new OpenManagerError(
    'invalid_configuration',
    '--force replaces the database of a data folder alone. With PostgreSQL name an empty database in OPENMANAGER_DATABASE_URL, without --force.',
  );
}

async function restoreFile(context: RestoreContext, signal: AbortSignal): Promise<number> {
  const { config, options, print, file } = context;
  const { dataDir } = config;
  const path = join(dataDir, databaseFile);
  createDataDir(dataDir);
  return whileOwning(dataDir, async () => {
    if (existsSync(path) && options.force !== true)
      throw new OpenManagerError(
        'conflict',
        `${dataDir} has a database already. Add --force to replace it: it is kept under another name. Nothing was changed.`,
      );
    let damage = noDamage;
    const inspect = async (database: Database, progress: Progress) => {
      damage = await checkHistory(database, progress, signal);
    };
    return withChecked({ ...context, inspect }, signal, async (staged, progress) => {
      const kept = replaceDatabase(dataDir, staged, systemClock.now());
      progress.end('done');
      print(
        [
          `Restored ${file} to ${path}.${kept === undefined ? '' : ` What was there is ${kept}.`}`,
          ...damageText(damage, fateOfDamage),
        ].join('\n'),
      );
      return 0;
    });
  });
}

function createDataDir(path: string): void {
  withFileErrors(path, () => mkdirSync(path, { recursive: true, mode: 0o700 }));
}

async function restoreIntoPostgres(context: RestoreContext, signal: AbortSignal): Promise<number> {
  const { config, log, print, file } = context;
  createDataDir(config.dataDir);
  await using target = await openDatabase({ ...config, log });
  return await withChecked(context, signal, async (staged, progress) => {
    await using source = await openSqlite({ dataDir: staged.folder, log });
    const onProgress = (one: CopyProgress) => progress.update(() => copyProgressText(one));
    const { changed, damage } = await copyStore(source, target, { onProgress, signal });
    if (!changed)
      throw new OpenManagerError(
        'conflict',
        `The database holds a copy of ${file} that was finished before, and that may have been used since. Name an empty one. Nothing was changed.`,
      );
    progress.end('done');
    print([`Restored ${file} to PostgreSQL.`, ...damageText(damage, fateOfDamage)].join('\n'));
    return 0;
  });
}

const fateOfDamage = 'was restored as it is';

interface CheckedContext extends RestoreContext {
  /** Looks at what is in the backup. */
  readonly inspect?: (database: Database, progress: Progress) => Promise<void>;
}

/** Gives `use` a checked copy of the backup, so that the backup itself is only read. */
async function withChecked(
  { file, config, log, inspect = async () => {} }: CheckedContext,
  signal: AbortSignal,
  use: (staged: StagedFile, progress: Progress) => Promise<number>,
): Promise<number> {
  const progress = createProgress({ stream: process.stderr });
  using staged = stageFile(join(config.dataDir, databaseFile));
  progress.update(() => 'reading the backup');
  await copyFile(file, staged.file).catch((error: unknown) => Promise.reject(fileError(file, error)));
  // Of a database that was copied by hand while it was in use: what it holds may be here alone.
  if (existsSync(`${file}-wal`)) withFileErrors(file, () => copyFileSync(`${file}-wal`, `${staged.file}-wal`));
  signal.throwIfAborted();
  progress.update(() => 'checking the backup');
  await sealFile(staged, { name: file, log, inspect: (database) => inspect(database, progress) });
  signal.throwIfAborted();
  return await use(staged, progress);
}
