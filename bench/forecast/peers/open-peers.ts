// What other forecasters give for the same series. augurs comes with `npm ci`. The others are not npm packages:
//   R forecast      apt-get install r-cran-forecast (or install.packages('forecast')); Rscript on the PATH
//   statsforecast   python3 -m venv DIR && DIR/bin/pip install statsforecast==2.1.1; BENCH_PYTHON=DIR/bin/python
import type { Absent, Method } from '../method.ts';
import { openAugurs } from './augurs.ts';
import { openStlf } from './r-stlf.ts';
import { openStatsforecast } from './statsforecast.ts';

/** All peers of the forecasting library. */
export async function openPeers(): Promise<(Method | Absent)[]> {
  return [await openAugurs(), openStlf(), ...openStatsforecast()];
}
