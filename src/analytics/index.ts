export { type Detection, type DetectOptions, detectBatch } from './anomaly.ts';
export type { AnomalyInterval, AnomalyKind, Direction, Severity } from './anomaly-intervals.ts';
export { type BacktestedModel, type BacktestOptions, type BacktestReport, backtest } from './backtest.ts';
export { type Changepoint, type ChangepointOptions, findChangepoints } from './changepoints.ts';
export { type CompareOptions, compareWindows, type WindowChange } from './compare-windows.ts';
export {
  type Candidate,
  type ChangedSeries,
  type RankedSeries,
  type Ranking,
  type RankOptions,
  rankChanges,
} from './correlate.ts';
export type { ChangeKind } from './describe-change.ts';
export {
  type Contributor,
  type DetectHostOptions,
  detectHost,
  type HostAnomaly,
  type HostDetection,
  type HostMetric,
} from './detect-host.ts';
export { createDetector, type Detector, restoreDetector } from './detector.ts';
export { createDetectorSlab, type DetectorOptions, type DetectorSlab, type Verdict } from './detector-slab.ts';
export { type ContenderLoss, type Preference, preferContender, type ResolvedWindow } from './dynamic-selection.ts';
export type { Effort } from './effort.ts';
export type { Coverage } from './evaluation.ts';
export {
  type BacktestSummary,
  type Contender,
  type Forecast,
  type ForecastOptions,
  forecast,
  type Interval,
} from './forecast.ts';
export { measureForecast, type Prediction } from './forecast-loss.ts';
export type { DistributionTest } from './kolmogorov-smirnov.ts';
export type { LevelShift } from './level-shifts.ts';
export { type BacktestOrigins, backtestOrigins, type MemberPrediction } from './members.ts';
export type { Together } from './moves-with.ts';
export { findPeriods } from './periods.ts';
export {
  type NoPrediction,
  type ThresholdForecast,
  type ThresholdOptions,
  type TimeToThreshold,
  timeToThreshold,
} from './time-to-threshold.ts';
export type { Bounds } from './validate.ts';
export type { StepRange } from './without-steps.ts';
