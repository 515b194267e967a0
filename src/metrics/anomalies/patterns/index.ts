import type { Pattern } from '../situation.ts';
import { findLoginStorm } from './login-storm.ts';
import { findMiner } from './miner.ts';
import { findOutgoingFlood } from './outgoing-flood.ts';

/** What is looked for in each group of anomalies. */
export const patterns: readonly Pattern[] = [findLoginStorm, findOutgoingFlood, findMiner];
