import { OpenManagerError } from '../core/errors.ts';
import { Secret } from '../core/secret.ts';
import { type Copied, copyStore } from '../metrics/copy/copy-store.ts';
import { openDatabase } from '../storage/open-database.ts';
import { openSqlite } from '../storage/sqlite/open-sqlite.ts';
import { databaseFile } from '../storage/sqlite/protocol.ts';
import { runCancellable } from './cancellable.ts';
import type { Command, CommandContext } from './command.ts';
import { copyProgressText } from './copy-progress.ts';
import { damageText } from './damage-text.ts';
import { count, counted } from './import-summary.ts';
import { createProgress } from './progress.ts';
import { assertDatabase } from './stored-database.ts';

export const migrateStoreCommand: Command = {
  name: 'migrate-store',
  summary: 'copy the database of the data folder into PostgreSQL',
  run: (context) =>
    runCancellable({
      work: (signal) => migrateStore(context, signal),
      howToGoOn: () => 'What was copied stays: run the same command again to go on.',
    }),
};

async function migrateStore(context: CommandContext, signal: AbortSignal): Promise<number> {
  const { config, log, print } = context;
  const databaseUrl = targetUrl(context);
  assertDatabase({ dataDir: config.dataDir, databaseUrl: undefined });
  const progress = createProgress({ stream: process.stderr });
  await using from = await openSqlite({ dataDir: config.dataDir, log });
  const owner = from.ownership('maintain');
  // What a server stored from now on would not be in the copy.
  if (!(await owner.tryAcquire()))
    throw new OpenManagerError(
      'conflict',
      `Another OpenManager uses ${config.dataDir}. Stop it first, assistants that started one included.`,
    );
  await using to = await openDatabase({ dataDir: config.dataDir, databaseUrl, log });
  const copied = await copyStore(from, to, {
    onProgress: (one) => progress.update(() => copyProgressText(one)),
    signal,
  });
  progress.end('done');
  print(summaryOf(copied, config.dataDir));
  return 0;
}

function targetUrl({ options, config }: CommandContext): Secret {
  const { to } = options;
  if (typeof to !== 'string') {
    if (config.databaseUrl !== undefined) return config.databaseUrl;
    throw new OpenManagerError(
      'invalid_configuration',
      'Say where to: set OPENMANAGER_DATABASE_URL, or pass --to URL.',
    );
  }
  if (!/^postgres(ql)?:\/\//i.test(to))
    throw new OpenManagerError('invalid_configuration', '--to must begin with postgres:// or postgresql://.');
  if (/^[^/]+:\/\/[^/@]*:[^/@]+@|[?&]password=/i.test(to))
    process.stderr.write(
      'openmanager: others on this machine can read the password in --to; OPENMANAGER_DATABASE_URL hides it.\n',
    );
  return new Secret(to);
}

function summaryOf(copied: Copied, dataDir: string): string {
  const { changed, hosts, series, chunks, readings, auditEntries, damage } = copied;
  return [
    changed
      ? 'Copied and compared:'
      : 'It was copied before, nothing was changed. What was copied then, of which a server may have deleted some since, or added to it:',
    `  ${counted(hosts, 'host')}, ${count(series)} series, ${counted(chunks, 'chunk')} of history, ` +
      `${counted(readings, 'reading')}, ${count(auditEntries)} audit ${auditEntries === 1 ? 'entry' : 'entries'}`,
    ...damageText(damage, 'was copied as it is'),
    'From now on start OpenManager with OPENMANAGER_DATABASE_URL, or "databaseUrl" in openmanager.config.json, set to that database.',
    `The old one stays in ${dataDir}; delete ${databaseFile} there when you no longer need it.`,
  ].join('\n');
}
