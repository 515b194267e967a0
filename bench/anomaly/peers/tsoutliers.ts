import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { AbsentPeer, Peer } from './peer.ts';
import { scoreByProgram } from './program-peer.ts';

const NAME = 'R tsoutliers';

/**
 * `tsoutliers` of R's package forecast, with the frequency that `findfrequency` finds: how far an outlier is from what it
 * would be replaced by; other values have no score.
 */
export function openTsoutliers(): Peer | AbsentPeer {
  const { status } = spawnSync('Rscript', ['-e', 'library(forecast)'], { stdio: 'ignore' });
  if (status !== 0) return { name: NAME, absent: 'no R with its package forecast (apt-get install r-cran-forecast)' };
  const script = join(import.meta.dirname, 'tsoutliers.R');
  return {
    name: NAME,
    score: async (series) => scoreByProgram('Rscript', [script], { series, windows: series.map(() => 1) }),
  };
}
