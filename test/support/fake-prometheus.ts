import type { Labels } from '../../src/core/series.ts';

export interface FakeSeries {
  readonly labels: Labels;
  /** `[seconds since the epoch, value]`, oldest first: what the server scraped. */
  readonly samples: readonly (readonly [number, number])[];
}

export interface FakePrometheus {
  readonly fetch: typeof fetch;
  /** Each query_range that was asked; times in seconds since the epoch. */
  readonly queries: { query: string; start: number; end: number }[];
}

interface Options {
  readonly series: readonly FakeSeries[];
  /** The answer of /api/v1/metadata: its data, or a status of a server that has none. */
  readonly metadata?: unknown;
  /** More points a series than this are refused, as Prometheus does. */
  readonly maxPoints?: number;
}

const lookbackSeconds = 300;

/**
 * Answers from samples as Prometheus 3 does: `last_over_time` with the newest sample of the range, a selector alone with
 * the newest of five minutes. Every selector matches all series.
 */
export function fakePrometheus({ series, metadata = {}, maxPoints = 11_000 }: Options): FakePrometheus {
  const queries: FakePrometheus['queries'] = [];
  const rangeOf = (query: string) => {
    const [, ms] = /^last_over_time\(.+\[(\d+)ms\]\)$/.exec(query) ?? [];
    return ms === undefined ? lookbackSeconds : Number(ms) / 1000;
  };
  const answerTo = (url: URL): Response => {
    const [query = '', start, end, step] = ['query', 'start', 'end', 'step'].map((name) => url.searchParams.get(name));
    if (url.pathname.endsWith('/series')) return success(series.map(({ labels }) => labels));
    if (url.pathname.endsWith('/metadata'))
      return typeof metadata === 'number' ? new Response('no such page', { status: metadata }) : success(metadata);
    queries.push({ query: query ?? '', start: Number(start), end: Number(end) });
    const count = Math.floor((Number(end) - Number(start)) / Number(step)) + 1;
    if (count > maxPoints) return failure('exceeded maximum resolution');
    const times = Array.from({ length: count }, (_, i) => Number(start) + i * Number(step));
    const range = rangeOf(query ?? '');
    const result = series.map(({ labels, samples }) => ({
      metric: labels,
      values: times.flatMap((t) => {
        const newest = samples.findLast(([at]) => at <= t && at > t - range);
        return newest === undefined ? [] : [[t, String(newest[1])]];
      }),
    }));
    return success({ resultType: 'matrix', result });
  };
  return { fetch: async (input) => answerTo(new URL(input instanceof Request ? input.url : input)), queries };
}

function success(data: unknown): Response {
  return Response.json({ status: 'success', data });
}

function failure(error: string): Response {
  return Response.json({ status: 'error', errorType: 'bad_data', error }, { status: 400 });
}
