import { withoutGaps } from '../../forecast/method.ts';
import { runOnLines } from '../../support/run-program.ts';
import type { PeerSeries } from './peer.ts';

/** Scores by a program that reads lines `window;value,value,...` and answers each with as many scores with commas. */
export function scoreByProgram(
  command: string,
  args: readonly string[],
  { series, windows }: { series: readonly PeerSeries[]; windows: readonly number[] },
): Float64Array[] {
  const lines = series.map(({ values }, i) => `${windows[i]};${withoutGaps(values).join(',')}`);
  return runOnLines(command, args, lines).map((line) => Float64Array.from(line.split(','), Number));
}
