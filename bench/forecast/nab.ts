import { readdirSync } from 'node:fs';
import { dataPath, readCsv } from '../support/data.ts';
import { type OpsSeries, toGrid, usualStepMs } from './ops-series.ts';

const FOLDERS = ['realAWSCloudwatch', 'realKnownCause', 'realTraffic'] as const;

/** Every `stride`-th series of the Numenta Anomaly Benchmark that was measured on servers, machines and roads. */
export function readNab(stride: number): OpsSeries[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(dataPath('nab', 'data', folder))
      .sort()
      .map((file) => ({ folder, file })),
  )
    .filter((_, i) => i % stride === 0)
    .map(({ folder, file }) => {
      const [, ...rows] = readCsv(dataPath('nab', 'data', folder, file));
      const timesMs = rows.map(([time = '']) => Date.parse(`${time.replace(' ', 'T')}Z`));
      const values = rows.map(([, value]) => Number(value));
      return { name: file.replace('.csv', ''), metric: folder, ...toGrid({ timesMs, values }, usualStepMs(timesMs)) };
    });
}
