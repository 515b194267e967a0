import { expect, test, vi } from 'vitest';
import { readAnomalies } from '../../../../src/metrics/anomalies/anomaly-store.ts';
import { allAnomalies, storedStates, withoutIds } from '../../../support/live-process.ts';
import { openTemporary, startProgram, temporaryDir } from '../../storage/support.ts';

// Starting a process takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const steps = 400;

/** What is stored after processes were killed when they had stored these steps. */
async function run(...kills: readonly number[]) {
  const dataDir = temporaryDir();
  for (const last of kills) {
    const program = startProgram('detect', [dataDir, String(steps)]);
    while (Number(await program.nextLine()) < last);
    program.process.kill('SIGKILL');
    await program.rest();
  }
  await startProgram('detect', [dataDir, String(steps)]).rest();
  const database = await openTemporary(dataDir);
  const anomalies = withoutIds(await readAnomalies(database.db, allAnomalies));
  return { states: await storedStates(database), anomalies };
}

test('processes that are killed in the midst of anomalies know and flag the same as one that is not', async () => {
  const whole = await run();
  expect(Object.keys(whole.states)).toHaveLength(2);
  expect(whole.anomalies).toHaveLength(4);
  expect(await run(182, 239, 241)).toEqual(whole);
});
