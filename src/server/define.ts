import * as z from 'zod';
import type { App } from '../app.ts';
import type { KeptChart } from '../charts/charts.ts';
import { safeName } from '../core/text.ts';
import { formatTime } from '../core/time.ts';
import { anomalyData } from '../metrics/anomalies/anomaly-text.ts';
import type { Caller } from '../security/caller.ts';
import type { ListedPage, ListRendering } from './list-page.ts';

// What a handler needs to say its answer; definitions import values from here alone.
export { formatValue, jsonNumber, round } from '../core/format.ts';
export { seriesName } from '../core/series.ts';
export { counted, safeLabels, safeName } from '../core/text.ts';
export { formatDuration, formatTime, parseDuration, parseInterval } from '../core/time.ts';
export type { Anomaly } from '../metrics/anomalies/anomaly.ts';
export { flaggedData, flaggedNote, hypothesisData, hypothesisNotes } from '../metrics/anomalies/flagged-text.ts';
export { severities } from '../metrics/anomalies/severity.ts';
export { coverageData, coverageNote } from '../metrics/coverage.ts';
export type { CapacityResult } from '../metrics/forecast-capacity.ts';
export type { MetricForecast } from '../metrics/forecast-metric.ts';
export { qualityData, qualityNote, withoutNoise } from '../metrics/forecast-quality-text.ts';
export { recordData, recordNotes } from '../metrics/forecast-record-text.ts';
export { aggregations } from '../metrics/resample.ts';
export type { ResourceForecast } from '../metrics/resource-forecast.ts';
export { shownUnits } from '../metrics/shown-unit.ts';

/** The groups that `--toolsets` turns on. */
export const toolsets = ['observe', 'analyze', 'models', 'alerts', 'security', 'gateway'] as const;
export type Toolset = (typeof toolsets)[number];

/** What a handler may use of the call it serves. */
export interface Call {
  readonly app: App;
  readonly caller: Caller;
  /** One `now` for the whole request, in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
  /** Tells a client that asked for it how far the work is; `progress` must grow. */
  progress(progress: number, total: number, message: string): void;
  /** Milliseconds since the epoch; `invalid_argument` naming `parameter` when `text` is no time. */
  time(text: string, parameter: string): number;
  /** What the caller's long tools have done lately. */
  readonly analyses: CallerAnalyses;
  /** As many items as the caller's `limit`, `cursor` and `max_tokens` allow, with what is left out. */
  list<T>(items: readonly T[], rendering: ListRendering<T>): ListedPage;
  /** The same where the tool takes no `limit` and `cursor`, or has applied them already: only `max_tokens` counts. */
  fit<T>(items: readonly T[], rendering: ListRendering<T>): ListedPage;
}

/** A tool's answer: `text` is complete on its own, `data` holds the same for programs. */
export interface Answer {
  readonly text: string;
  readonly data: Record<string, unknown>;
  /** Shown after the text, which says all that matters without them. */
  readonly images?: readonly AnswerImage[];
}

export interface AnswerImage {
  readonly bytes: Uint8Array;
  readonly mimeType: 'image/png';
}

/** How far work is, in whatever it counts. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export type AnalysisState = 'running' | 'done' | 'failed' | 'cancelled';

/** One run of a tool that is an analysis. */
export interface AnalysisSummary {
  /** Its handle, which is of use to its caller alone. */
  readonly id: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly state: AnalysisState;
  readonly progress: Progress | null;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  /** So far, where it is still running. */
  readonly durationMs: number;
}

/** The analyses of one caller. */
export interface CallerAnalyses {
  /** Newest first. */
  list(): readonly AnalysisSummary[];
  /**
   * Its answer is null until it is done.
   * @throws OpenManagerError `not_found` when it is none of the caller's; what it failed with, where it failed.
   */
  find(id: string): { readonly summary: AnalysisSummary; readonly answer: Answer | null };
}

export interface ToolDefinition<Input extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly title: string;
  /** For the model that chooses a tool: what it answers and when to take it. */
  readonly description: string;
  readonly toolset: Toolset;
  readonly readOnly: boolean;
  /** Only for tools that change something: whether a change can lose what was there. */
  readonly destructive?: boolean;
  readonly idempotent?: boolean;
  /** Whether it reaches systems outside of this server. */
  readonly openWorld?: boolean;
  /**
   * Whether it may take long: then its answer has a handle, which the parameter `job`, added here, takes in place of all
   * others. It has no `output`, as "still running" is an answer too.
   */
  readonly analysis?: boolean;
  readonly input: Input;
  /** Only on tools whose result programs chain. */
  readonly output?: z.ZodObject;
  run(args: z.output<Input>, call: Call): Answer | Promise<Answer>;
}

/** The shape a list of different tools has. */
// biome-ignore lint/suspicious/noExplicitAny: a handler's argument type varies with its schema, which the guard checks
export type AnyTool = Omit<ToolDefinition, 'run'> & { run(args: any, call: Call): Answer | Promise<Answer> };

export function defineTool<Input extends z.ZodObject>(definition: ToolDefinition<Input>): ToolDefinition<Input> {
  return definition;
}

export interface ResourceContent {
  readonly text: string;
  readonly mimeType: string;
}

export interface ResourceDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
  /** A URI, or a template of RFC 6570 level 1 (`openmanager://hosts/{host}`). */
  readonly uri: string;
  /** The existing instances of a template, for `resources/list`. */
  list?(call: Call): Promise<readonly { uri: string; name: string }[]>;
  /** Values of a template's variable that start with what was typed. */
  complete?(variable: string, typed: string, known: Readonly<Record<string, string>>, call: Call): Promise<string[]>;
  /** `variables` are decoded. */
  read(variables: Readonly<Record<string, string>>, call: Call): Promise<ResourceContent>;
}

export interface PromptArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  complete?(typed: string, known: Readonly<Record<string, string>>, call: Call): Promise<string[]>;
}

export interface PromptDefinition {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: readonly PromptArgument[];
  /** The text of the one user message. */
  render(args: Readonly<Record<string, string>>, call: Call): Promise<string>;
}

/** The answer with a chart as picture, and its URI after the first line of the text and in the data. */
export function withChart({ text, data, images = [] }: Answer, chart: KeptChart | undefined): Answer {
  if (chart === undefined) return { text, data, images };
  const [head, ...rest] = text.split('\n');
  const without = chart.leftOut > 0 ? `, without ${chart.leftOut} that did not fit` : '';
  return {
    text: [head, `Chart: ${chart.uri}${without}`, ...rest].join('\n'),
    data: { chart: chart.uri, ...data },
    images: [...images, { bytes: chart.png, mimeType: 'image/png' }],
  };
}

/** What starts with what was typed; names that hide something are not offered, as they would not be what they look like. */
export function completing(names: readonly string[], typed: string): string[] {
  return names.filter((name) => name.startsWith(typed) && safeName(name, 255) === name);
}

/** A resource's text: every string in it is safe to show. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? safeName(part, 255) : part));
}

/** Names of hosts that start with what was typed. */
export async function completeHost(typed: string, call: Call): Promise<string[]> {
  const hosts = await call.app.hosts();
  return completing(
    hosts.map(({ host }) => host),
    typed,
  );
}

const recentMs = 86_400_000;

/** What was flagged in the last 24 hours, on one host or all, as far as an answer has room. */
export async function recentAnomalies(host: string | undefined, call: Call): Promise<ResourceContent> {
  const window = { fromMs: call.nowMs - recentMs, toMs: call.nowMs + 1 };
  const found = await call.app.storedAnomalies({ host, ...window });
  const page = call.fit(found, { line: () => '', row: anomalyData });
  const body = { from: formatTime(window.fromMs), to: formatTime(call.nowMs), anomalies: page.rows, ...page.paging };
  return { mimeType: 'application/json', text: safeJson(host === undefined ? body : { host, ...body }) };
}

/** The argument of prompts that are about one host. */
export const hostArgument: PromptArgument = {
  name: 'host',
  description: 'Host name; this host when left out',
  required: false,
  complete: (typed, _known, call) => completeHost(typed, call),
};

/** All that a server offers. */
export interface Definitions {
  readonly tools: readonly AnyTool[];
  readonly resources: readonly ResourceDefinition[];
  readonly prompts: readonly PromptDefinition[];
}

/** How many points of a series, 60 at most, an answer has room for beside the `fixed` tokens of what it says anyway. */
export function pointsWithin(maxTokens: number, cost: { fixed: number; each: number }): number {
  return Math.min(60, Math.max(5, Math.floor((maxTokens - cost.fixed) / cost.each)));
}

const maxTokensCap = 20_000;
export const maxTokensDefault = 2_000;

const labels = z.record(z.string().max(255), z.string().max(255));

const from = z.string().max(64).default('-1h');

const anInterval = { error: 'must be two times with / between them, e.g. "-3d/-2d"' };

/** The parameters that mean the same in every tool. */
export const parameters = {
  host: z.string().min(1).max(255).describe('Default: this host').optional(),
  metric: z.string().min(1).max(255),
  labels: labels.describe('"*" = any; default: the total').optional(),
  /** Where a description would repeat what the tool's neighbours say. */
  plainLabels: labels.optional(),
  plainFrom: from,
  from: from.describe('ISO 8601, -6h or epoch'),
  to: z.string().max(64).default('now'),
  step: z.string().max(32).describe('e.g. 5m').optional(),
  interval: z.string(anInterval).max(80, anInterval),
  exclude: z.array(z.string(anInterval).max(80, anInterval)).describe('Incidents: from/to').optional(),
  limit: z.int().min(1).max(1000).default(50),
  cursor: z.string().max(256).optional(),
  chart: z.boolean().optional(),
  max_tokens: z.int().min(100).max(maxTokensCap).default(maxTokensDefault),
} as const;
