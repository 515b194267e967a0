import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { openVusTool } from '../vus.ts';
import type { AbsentPeer, Peer } from './peer.ts';
import { scoreByProgram } from './program-peer.ts';

const METHODS = ['Sub-IForest', 'Sub-IForest raw', 'IForest', 'Sub-LOF', 'Sub-LOF raw', 'LOF'] as const;

/**
 * IsolationForest and LocalOutlierFactor of scikit-learn, on windows of a period and on single values, with the settings
 * that TSB-AD found best: 200 trees, 50 neighbours. TSB-AD takes the level and the height off windows; "raw" ones keep them,
 * which is better on these series.
 */
export async function openScikitLearn(): Promise<(Peer | AbsentPeer)[]> {
  const python = process.env.BENCH_PYTHON;
  const found = python !== undefined && spawnSync(python, ['-c', 'import sklearn'], { stdio: 'ignore' }).status === 0;
  const { findPeriod } = await openVusTool();
  const script = join(import.meta.dirname, 'score_lines.py');
  return METHODS.map((method) =>
    found
      ? {
          name: method,
          score: async (series) => {
            const windows = series.map(({ values }) => (method.startsWith('Sub-') ? findPeriod(values) : 1));
            return scoreByProgram(python, [script, method], { series, windows });
          },
        }
      : { name: method, absent: 'no Python with scikit-learn (BENCH_PYTHON)' },
  );
}
