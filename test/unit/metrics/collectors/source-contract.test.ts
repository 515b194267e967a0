import { setTimeout as sleep } from 'node:timers/promises';
import { createLinuxSource } from '../../../../src/metrics/collectors/linux/index.ts';
import { createSystemInformationSource } from '../../../../src/metrics/collectors/system-information.ts';
import { describeMetricSource } from './source-contract.ts';

/** The kernel counts processor time in steps of 10 ms, and the library answers from its memory for half a second. */
const tick = (ms: number) => async () => {
  await sleep(ms);
};

if (process.platform === 'linux') {
  describeMetricSource('linux', () => ({ source: createLinuxSource(), passTick: tick(100) }));
}
describeMetricSource('system-information', () => ({ source: createSystemInformationSource(), passTick: tick(550) }));
