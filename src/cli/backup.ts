import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OpenManagerError } from '../core/errors.ts';
import { formatValue } from '../core/format.ts';
import { copyStore } from '../metrics/copy/copy-store.ts';
import { type Damage, noDamage } from '../metrics/damage.ts';
import { openHistory } from '../metrics/open-history.ts';
import type { Database } from '../storage/database.ts';
import { openSqlite } from '../storage/sqlite/open-sqlite.ts';
import { sealFile } from '../storage/sqlite/seal-file.ts';
import { type StagedFile, stageFile } from '../storage/sqlite/staged-file.ts';
import { vacuumInto } from '../storage/sqlite/vacuum-into.ts';
import { runCancellable } from './cancellable.ts';
import { checkHistory } from './check-history.ts';
import type { Command, CommandContext } from './command.ts';
import { copyProgressText } from './copy-progress.ts';
import { damageText } from './damage-text.ts';
import { createProgress, type Progress } from './progress.ts';
import { assertDatabase } from './stored-database.ts';

export const backupCommand: Command = {
  name: 'backup',
  usage: 'FILE',
  summary: 'write everything that is stored to one file, while servers go on',
  run: (context) =>
    runCancellable({
      work: (signal) => backup(context, signal),
      howToGoOn: () => 'No backup was written; run the same command again.',
    }),
};

async function backup(
  { commandLine, options, config, log, print }: CommandContext,
  signal: AbortSignal,
): Promise<number> {
  const file = backupPath(commandLine.words[1], 'backup');
  assertFree(file, options.force === true);
  assertDatabase(config);
  const progress = createProgress({ stream: process.stderr });
  await using database = await openHistory({ ...config, log });
  using staged = stageFile(file);
  let damage = await write(database, staged, { progress, signal, log });
  signal.throwIfAborted();
  progress.update(() => 'checking the file');
  const inspect = async (copy: Database) => {
    damage ??= await checkHistory(copy, progress, signal);
  };
  await sealFile(staged, { name: file, log, inspect });
  signal.throwIfAborted();
  assertFree(file, options.force === true);
  staged.place();
  progress.end('done');
  print(
    [
      `Backup: ${file}, ${formatValue(statSync(file).size, 'By')}. "openmanager restore ${file}" restores it.`,
      ...damageText(damage ?? noDamage, 'is in the backup as it is'),
    ].join('\n'),
  );
  return 0;
}

/** @throws `invalid_configuration` when no file was named */
export function backupPath(word: string | undefined, command: string): string {
  if (word !== undefined && word !== '') return resolve(word);
  throw new OpenManagerError('invalid_configuration', `Name the file: openmanager ${command} FILE.`);
}

interface Writing extends Pick<CommandContext, 'log'> {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Resolves to the damage, where writing has found it. */
async function write(
  database: Database,
  { folder, file }: StagedFile,
  { progress, signal, log }: Writing,
): Promise<Damage | undefined> {
  if (database.kind === 'sqlite') {
    await vacuumInto(database, file, ({ doneBytes, totalBytes }) =>
      progress.update(() => `${formatValue(doneBytes, 'By')} of ${formatValue(totalBytes, 'By')} written`),
    );
    return undefined;
  }
  await using target = await openSqlite({ dataDir: folder, log });
  const onProgress = (one: Parameters<typeof copyProgressText>[0]) => progress.update(() => copyProgressText(one));
  return (await copyStore(database, target, { onProgress, signal })).damage;
}

function assertFree(file: string, force: boolean): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined || (force && found.isFile())) return;
  const what = found.isFile() ? 'exists already: name another file, or add --force' : 'is no file: name one';
  throw new OpenManagerError('conflict', `${file} ${what}. Nothing was changed.`);
}
