import { systemClock } from '../core/clock.ts';
import { OpenManagerError, toOpenManagerError } from '../core/errors.ts';
import { retryable } from '../core/once.ts';
import { maxHistoryBytes } from '../metrics/history-limit.ts';
import { createImportMarks } from '../metrics/import-mark-store.ts';
import { type Imported, insertBatches } from '../metrics/importers/insert-batches.ts';
import { createLeftOut, type LeftOutKind } from '../metrics/importers/left-out.ts';
import { createMetricStore } from '../metrics/metric-store.ts';
import { openHistory } from '../metrics/open-history.ts';
import { type DatabaseSource, databaseOf } from '../storage/database.ts';
import { createEvents } from '../storage/events.ts';
import { runCancellable } from './cancellable.ts';
import type { Command, CommandContext } from './command.ts';
import { type Source, sources } from './import-sources.ts';
import { counted, importSummary, leftOutText } from './import-summary.ts';
import { createProgress, type Progress } from './progress.ts';

const dayMs = 86_400_000;

/** What is on disk, also when the import ends early. */
interface Outcome {
  imported?: Imported;
}

export const importCommand: Command = {
  name: 'import',
  summary: 'add history from a file or another server',
  run(context) {
    const outcome: Outcome = {};
    return runCancellable({
      async work(signal) {
        const { dataDir, databaseUrl } = context.config;
        // Opened when the first samples are there: a mistake in the flags leaves no new database behind.
        const database = retryable(() => openHistory({ dataDir, databaseUrl, log: context.log }));
        try {
          await importInto(database, context, outcome, signal);
        } catch (error) {
          throw withStored(error, outcome);
        } finally {
          if (database.started()) await (await database())[Symbol.asyncDispose]();
        }
        return 0;
      },
      howToGoOn: () => `${storedText(outcome)} Run the same command again for the rest: nothing is stored twice.`,
    });
  },
};

async function importInto(
  database: DatabaseSource,
  { commandLine, options, config, print }: CommandContext,
  outcome: Outcome,
  signal: AbortSignal,
): Promise<void> {
  const [, kind = 'csv', file] = commandLine.words;
  const progress = createProgress({ stream: process.stderr });
  const leftOut = createLeftOut();
  const nowMs = systemClock.now();
  const marks = createImportMarks(database, systemClock.now);
  const open = sources[kind as keyof typeof sources];
  const source = await open({ options, file, nowMs, marks, leftOut, say: progress.say, signal });
  try {
    await insertBatches(source.batches, {
      store: createMetricStore(database),
      signal,
      onInserted(imported) {
        outcome.imported = imported;
        progress.update(() => `${percent(source.doneShare())}${counted(imported.samples, 'sample')} stored`);
      },
    });
  } finally {
    await tell(database, outcome, progress);
  }
  const { imported } = outcome;
  if (imported === undefined || imported.samples === 0) return print(nothingText(leftOut.kinds(), kind, source));
  const circumstances = {
    keptFromMs: nowMs - config.retentionDays * dayMs,
    maxBytes: maxHistoryBytes(config),
    usedBytes: await (await databaseOf(database)).usedBytes(),
    rateSeries: source.rateSeries?.() ?? 0,
  };
  print(importSummary(imported, leftOut.kinds(), circumstances));
}

/** Processes that serve learn that there is more history. */
async function tell(database: DatabaseSource, { imported }: Outcome, progress: Progress): Promise<void> {
  if (imported === undefined) return;
  progress.end(`${counted(imported.samples, 'sample')} stored`);
  using events = createEvents(database, { clock: systemClock });
  for (const host of imported.hosts) await events.publish('history', { host });
}

/** An error after which something is stored says so. */
function withStored(thrown: unknown, outcome: Outcome): unknown {
  const { code, message } = toOpenManagerError(thrown);
  if (outcome.imported === undefined || code === 'cancelled') return thrown;
  const howToGoOn = 'Run the same command again when that is mended: nothing is stored twice.';
  return new OpenManagerError(code, `${message} ${storedText(outcome)} ${howToGoOn}`, { cause: thrown });
}

function storedText({ imported }: Outcome): string {
  return `Stored so far: ${counted(imported?.samples ?? 0, 'sample')}.`;
}

/** @throws `invalid_argument` when that is no good news. */
function nothingText(leftOut: readonly LeftOutKind[], kind: string, { goesOn = false }: Source): string {
  if (goesOn || (kind === 'prometheus' && leftOut.length === 0)) return `Nothing is new.${leftOutText(leftOut)}`;
  throw new OpenManagerError(
    'invalid_argument',
    `Nothing was imported.${leftOutText(leftOut) || ' There is no sample.'}`,
  );
}

function percent(share: number): string {
  return Number.isNaN(share) ? '' : `${Math.floor(share * 100)} %, `;
}
