import { readdirSync } from 'node:fs';
import { timeToThreshold } from '../../src/analytics/index.ts';
import type { BenchResult } from '../support/bench.ts';
import { dataPath, readCsv } from '../support/data.ts';
import { median } from '../support/timing.ts';
import { type Answer, predictLinear } from './predict-linear.ts';

const hourMs = 3_600_000;
const day = 24;
const week = 7 * day;
const history = 4 * week;
const ahead = 2 * week;
/** Above nearly all of what the last four weeks had. */
const above = 1.1;

interface Window {
  readonly history: Float64Array;
  readonly threshold: number;
  readonly isReached: boolean;
}

/**
 * Memory of virtual machines, from each week on: how often a threshold that is not reached within two weeks is said to
 * be. None of these machines grows for long: what comes to the threshold leaps there.
 */
export function measureTraces(): BenchResult {
  const windows = readdirSync(dataPath('bitbrains')).flatMap((file) => windowsOf(hourlyMemory(file)));
  const told = (answer: (window: Window) => Answer) => {
    const alarms = windows.filter((window) => answer(window).likely !== null);
    return { alarms: alarms.length, right: alarms.filter(({ isReached }) => isReached).length };
  };
  const reached = windows.filter(({ isReached }) => isReached).length;
  const ours = told((window) =>
    timeToThreshold(window.history, { threshold: window.threshold, horizon: ahead, stepMs: hourMs }),
  );
  const peer = told((window) => predictLinear(window.history, { ...window, hours: week, aheadHours: ahead }));
  const wrong = (ours.alarms - ours.right) / windows.length;
  return {
    bar: 'memory of Bitbrains machines: said to come to 1.1 times its 95th percentile within 14 days, and does not: <= 3 %',
    figure: `${(100 * wrong).toFixed(1)} % of ${windows.length} windows (${reached} reach it, by leaps: ${ours.right} of them told; predict_linear[168h] ${(100 * ((peer.alarms - peer.right) / windows.length)).toFixed(1)} % wrong, ${peer.right} told)`,
    pass: wrong <= 0.03,
  };
}

function hourlyMemory(file: string): Float64Array {
  const [header = [], ...rows] = readCsv(dataPath('bitbrains', file));
  const column = header.indexOf('mem_kb');
  const values = rows.map((row) => Number(row[column]));
  return Float64Array.from({ length: Math.floor(values.length / 12) }, (_, hour) => {
    return values.slice(12 * hour, 12 * hour + 12).reduce((a, b) => a + b) / 12;
  });
}

/** Of a week each; without those that are beyond at their start. */
function windowsOf(hourly: Float64Array): Window[] {
  const origins = Math.max(0, Math.floor((hourly.length - history - ahead) / week) + 1);
  return Array.from({ length: origins }, (_, i) => {
    const start = history + i * week;
    const past = hourly.slice(start - history, start);
    const threshold = above * (past.toSorted()[Math.floor(0.95 * history)] ?? Number.NaN);
    const days = Array.from({ length: ahead / day }, (_day, d) => [
      ...hourly.subarray(start + d * day, start + (d + 1) * day),
    ]);
    return { history: past, threshold, isReached: days.some((hours) => median(hours) >= threshold) };
  }).filter(({ history: past, threshold }) => threshold > 0 && (past.at(-1) ?? Number.NaN) < threshold);
}
