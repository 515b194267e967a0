import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Absent, Method } from '../method.ts';
import { forecastByProgram } from './program-peer.ts';

const MODELS = { mstl: 'statsforecast MSTL + AutoETS', theta: 'statsforecast AutoTheta' } as const;

/** Two models of the Python package statsforecast, from the Python that BENCH_PYTHON names. */
export function openStatsforecast(): (Method | Absent)[] {
  const python = process.env.BENCH_PYTHON ?? 'python3';
  const { status } = spawnSync(python, ['-c', 'import statsforecast'], { stdio: 'ignore' });
  const script = join(import.meta.dirname, 'predict_lines.py');
  return Object.entries(MODELS).map(([model, name]) => {
    if (status !== 0) return { name, absent: `${python} has no statsforecast (BENCH_PYTHON: a Python that has it)` };
    return { name, forecast: async (tasks) => forecastByProgram(python, [script, model], tasks) };
  });
}
