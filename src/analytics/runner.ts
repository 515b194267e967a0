import type { Detection, DetectOptions } from './anomaly.ts';
import type { Forecast, ForecastOptions } from './forecast.ts';

/** The library run elsewhere than on the caller's thread. Aborting `signal` ends the work and rejects with `cancelled`. */
export interface AnalyticsRunner {
  forecast(values: Float64Array, options: ForecastOptions, signal: AbortSignal): Promise<Forecast>;
  detectBatch(values: Float64Array, options: DetectOptions, signal: AbortSignal): Promise<Detection>;
}
