import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Absent, Method } from '../method.ts';
import { forecastByProgram } from './program-peer.ts';

const NAME = 'R stlf';

/** `stlf` of R's package forecast: MSTL with ETS on the seasonally adjusted series. */
export function openStlf(): Method | Absent {
  const { status } = spawnSync('Rscript', ['-e', 'library(forecast)'], { stdio: 'ignore' });
  if (status !== 0) return { name: NAME, absent: 'no R with its package forecast (apt-get install r-cran-forecast)' };
  const script = join(import.meta.dirname, 'stlf.R');
  return { name: NAME, forecast: async (tasks) => forecastByProgram('Rscript', [script], tasks) };
}
