import { toOpenManagerError } from '../core/errors.ts';
import type { Ownership } from '../storage/ownership.ts';
import { type CheckParts, checkForecasts } from './check-forecasts.ts';
import { makeScheduledForecasts, type ScheduleParts } from './scheduled-forecasts.ts';

/** What the owner does with forecasts once an hour; what fails is logged and tried again in the next. */
export async function doForecastWork(
  parts: CheckParts & ScheduleParts,
  owner: Ownership,
  signal: AbortSignal,
): Promise<void> {
  try {
    const checked = await checkForecasts(parts, owner, signal);
    const scheduled = await makeScheduledForecasts(parts, owner, signal);
    if (checked + scheduled > 0) parts.log.info('forecasts were checked', { checked, scheduled });
  } catch (error) {
    if (!signal.aborted) parts.log.warn('forecasts could not be checked', { error: toOpenManagerError(error) });
  }
}
