import { initial } from './0001-initial.ts';
import { chunks } from './0002-chunks.ts';
import { forecasts } from './0003-forecasts.ts';
import { anomalies } from './0004-anomalies.ts';
import type { Migration } from './migration.ts';

/** Every step, oldest first. */
export const migrations: readonly Migration[] = [initial, chunks, forecasts, anomalies];
