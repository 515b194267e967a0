import type { Task, TaskOutcome } from '../../../src/analytics-worker.ts';

/** A worker that dies of a forecast as far ahead as its way to go, and lives through any other. */
export const outOfMemory = 1;
export const exit = 2;

export default function runTask(task: Task): TaskOutcome[] {
  const horizon = task.kind === 'forecast' ? task.series[0]?.options.horizon : undefined;
  if (horizon === exit) process.exit(3);
  const held: object[] = [];
  while (horizon === outOfMemory) held.push({ i: held.length });
  return [{ ok: true, result: 'alive' }];
}
