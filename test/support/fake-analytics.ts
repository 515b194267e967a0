import type { AnalyticsRunner } from '../../src/analytics/runner.ts';

const missing = () => Promise.reject(new Error('not in this test'));

/** A runner that can do what it is given. */
export function fakeAnalytics(given: Partial<AnalyticsRunner>): AnalyticsRunner {
  return {
    forecast: missing,
    forecastMany: missing,
    detectMany: missing,
    compareMany: missing,
    timesToThresholds: missing,
    ...given,
  };
}
