import { seriesName } from '../../core/series.ts';
import { hourAt, hourMs } from '../chunk-key.ts';
import type { DamagedChunk } from '../chunk-store.ts';
import { type Damage, type DamagedHour, noDamage } from '../damage.ts';
import type { MetricStore } from '../metric-store.ts';
import type { ReadRequest, SeriesFilter, StoredSeries } from '../stored-series.ts';
import type { ExportFormat } from './export-format.ts';

export interface ExportRequest extends SeriesFilter {
  /** `fromMs` is included, `toMs` is not. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What was written so far. */
export interface Exported {
  readonly samples: number;
  readonly series: number;
  /** What could not be written, as it cannot be read. */
  readonly damage: Damage;
}

/** A month of a series read every second is 40 MB. */
const windowMs = 30 * 86_400_000;
const pieceChars = 65_536;

/** History as text, some 64 KiB a piece, one series after the other; `onSeries` is told how far it is. */
export async function* exportHistory(
  store: Pick<MetricStore, 'series' | 'read'>,
  { fromMs, toMs, ...filter }: ExportRequest,
  format: ExportFormat,
  onSeries: (exported: Exported) => void,
): AsyncGenerator<string> {
  const exported: { samples: number; series: number; damage: Damage } = { samples: 0, series: 0, damage: noDamage };
  let text = format.begin;
  let lastGroup: string | null = null;
  for (const [group, series] of inGroups(await store.series(filter), format)) {
    const line = format.lineOf(series);
    let isEmpty = true;
    const onDamaged = ({ hour }: DamagedChunk) => {
      const { chunks, first = damagedHour(series, hour) } = exported.damage;
      exported.damage = { chunks: chunks + 1, first };
    };
    for await (const { timesMs, values } of windows(store, series, { fromMs, toMs, onDamaged })) {
      if (timesMs.length > 0 && isEmpty) {
        if (group !== lastGroup) text += format.beginGroup(group);
        lastGroup = group;
        isEmpty = false;
        exported.series += 1;
      }
      for (const [i, timeMs] of timesMs.entries()) {
        text += line(timeMs, values[i] as number);
        if (text.length < pieceChars) continue;
        yield text;
        text = '';
      }
      exported.samples += timesMs.length;
    }
    onSeries(exported);
  }
  yield text + format.end;
}

function inGroups(series: readonly StoredSeries[], format: ExportFormat): [group: string, series: StoredSeries][] {
  return series
    .map((one): [string, StoredSeries] => [format.groupOf(one), one])
    .sort(([one, { host, id }], [other, { host: otherHost, id: otherId }]) => {
      if (one !== other) return one < other ? -1 : 1;
      if (host !== otherHost) return host < otherHost ? -1 : 1;
      return id - otherId;
    });
}

function damagedHour({ host, metric, labels }: StoredSeries, hour: number): DamagedHour {
  return { host, series: seriesName(metric, labels), startMs: hour * hourMs };
}

async function* windows(
  store: Pick<MetricStore, 'read'>,
  { id, host, firstMs, lastMs }: StoredSeries,
  { fromMs, toMs, onDamaged }: Required<Pick<ReadRequest, 'fromMs' | 'toMs' | 'onDamaged'>>,
) {
  if (firstMs === undefined || lastMs === undefined) return;
  const endMs = Math.min(toMs, lastMs + 1);
  for (let startMs = Math.max(fromMs, firstMs); startMs < endMs; ) {
    // Between two hours: none is read twice, or told to be damaged twice.
    const nextMs = Math.min(endMs, hourAt(startMs + windowMs) * hourMs);
    const read = await store.read({ host, seriesIds: [id], fromMs: startMs, toMs: nextMs, onDamaged });
    startMs = nextMs;
    const samples = read.get(id);
    if (samples !== undefined) yield samples;
  }
}
