import type { App } from '../../src/app.ts';
import type { Labels } from '../../src/core/series.ts';
import { statistics } from '../../src/core/statistics.ts';
import type { Anomaly } from '../../src/metrics/anomalies/anomaly.ts';
import type { Coverage } from '../../src/metrics/coverage.ts';
import type { HostFacts } from '../../src/metrics/host-facts.ts';
import type { ResourceForecast } from '../../src/metrics/resource-forecast.ts';
import { testNowMs } from './fake-app.ts';
import { createRandom } from './random.ts';

export interface FakeSize {
  /** Of hosts, series, anomalies, facts and audit entries. */
  readonly items: number;
  readonly points: number;
  /** Named by the machine, so by a stranger: the name number `i` of a host, a label, a process and so on. */
  name(i: number): string;
}

/** Every answer of an app, as large and as badly named as wanted; the numbers are the same each time. */
export function fakeAnswers({ items, points, name }: FakeSize): App {
  const each = <T>(make: (i: number) => T): T[] => Array.from({ length: items }, (_, i) => make(i));
  const random = createRandom(items + points);
  const numbers = (length: number) => Float64Array.from({ length }, () => random.uniform() ** 3 * 100);
  const series = (i: number) => {
    const labels: Labels = { 'system.device': name(i), [name(i + 1)]: 'value' };
    return { host: name(i), metric: name(i + 2), labels, unit: i % 2 === 0 ? '1' : 'By/s', id: i };
  };
  const startMs = testNowMs - points * 60_000;
  const hypotheses = (i: number) => [
    { kind: 'outgoing_flood' as const, evidence: `${name(i)} sends 12 MB/s where at most 2 MB/s was expected` },
  ];
  const coverage: Coverage = {
    askedMs: 7_200_000,
    coveredMs: 3_600_000,
    reasons: ['data starts at 2026-11-24T10:00:00Z, older data is deleted after 90d', 'part of it is in the future'],
  };
  const examined = () => {
    const values = numbers(points);
    return {
      ...series(0),
      shownUnit: series(0).unit,
      startMs,
      stepMs: 60_000,
      values,
      lower: values.map((v) => v / 2),
      upper: values.map((v) => v * 2),
    };
  };
  return {
    localHost: name(0),
    hosts: async () =>
      each((i) => ({ host: name(i), local: i === 0, reporting: i % 3 > 0, firstMs: startMs, lastMs: testNowMs })),
    hostFacts: async () => hostFacts(items, name),
    catalog: async () => each((i) => ({ ...series(i), value: i / 3 })),
    queryMetric: async () => ({
      stepMs: 60_000,
      matched: items,
      coverage,
      series: each((i) => {
        const values = numbers(points);
        const shownUnit = series(i).unit;
        return { ...series(i), shownUnit, statistics: statistics(values), points: { startMs, stepMs: 60_000, values } };
      }),
    }),
    forecastMetric: async ({ horizonMs, level }) => {
      const mean = numbers(Math.ceil(horizonMs / 60_000));
      return {
        ...series(0),
        shownUnit: series(0).unit,
        history: { startMs, stepMs: 60_000, values: numbers(points) },
        running: 0.75,
        startMs: testNowMs,
        coverage,
        record: {
          checked: 34,
          mase: 0.81234,
          baselineMase: 1.02345,
          coverage: { level, actual: 0.93123, checked: 30 },
          preference: {
            model: 'combination of seasonal-naive, damped-trend',
            sinceMs: startMs,
            over: null,
            windows: 41,
            improvement: 0.12345,
            probability: 0.00012345,
          },
        },
        changes: each((i) => ({ kind: 'resize' as const, timeMs: startMs, text: `${name(i)} went from 1 to 2` })),
        forecast: {
          mean,
          intervals: [{ level, lower: mean.map((value) => value / 2), upper: mean.map((value) => value * 2) }],
          model: 'combination of seasonal-naive, damped-trend',
          periods: [],
          shifts: [],
          warnings: each((i) => `Warning number ${i}: the history is short.`).slice(0, 3),
          contenders: [],
          backtest: {
            mase: 0.71234,
            baselineMase: 1,
            baseline: 'naive',
            scale: 1,
            coverage: [{ level, actual: 0.9412 }],
            n: 12,
          },
        },
      };
    },
    forecastCapacity: async () => ({
      hosts: items,
      asOfMs: testNowMs,
      silent: each((i) => ({ host: name(i), lastMs: startMs })),
      without: 1,
      damagedHours: 2,
      excluded: [{ fromMs: startMs, toMs: testNowMs, hours: 24 }],
      resources: each((i): ResourceForecast => {
        const status = (['beyond', 'reaches', 'later', 'unknown'] as const)[i % 4] ?? 'later';
        return {
          ...series(i),
          resource: `filesystem ${name(i)}`,
          unit: '1',
          now: 0.812345,
          startsFrom: null,
          threshold: 0.9,
          direction: 'above',
          shownUnit: '1',
          isImpossible: false,
          status,
          earliestMs: status === 'reaches' ? testNowMs + 86_400_000 : null,
          likelyMs: status === 'reaches' ? testNowMs + 864_000_000 : null,
          latestMs: null,
          probability: 0.812345,
          reason: status === 'unknown' ? 'too-short' : status === 'later' ? 'not-approaching' : null,
          scale: 'long',
          historyMs: 2_419_200_000,
          lastMs: testNowMs,
          backtest: { error: 0.0123456, baselineError: 0.0345678 },
          shift: { timeMs: startMs, size: -0.2345 },
          lastValue: null,
          resets: null,
          changes: [{ kind: 'resize', timeMs: startMs, text: `${name(i)} went from 10 GiB to 20 GiB` }],
        };
      }),
    }),
    findAnomalies: async () => ({
      stepMs: 60_000,
      series: items,
      tooShort: 0,
      leftOut: 0,
      samples: items * points,
      isFlaggedKnown: true,
      coverage,
      oddest: items === 0 ? null : examined(),
      anomalies: each(
        (i): Anomaly => ({
          ...series(i),
          kind: 'value',
          shownUnit: series(i).unit,
          startMs,
          endMs: startMs + 600_000,
          peakMs: startMs + 60_000,
          value: 12.345678,
          expected: 1.2345,
          lower: 0.5,
          upper: 2,
          score: 0.987654,
          severity: 'high',
          ...(i % 2 === 0 && { flagged: { timeMs: startMs, group: i, hypotheses: hypotheses(i) } }),
        }),
      ),
    }),
    findCorrelated: async () => ({
      stepMs: 5_000,
      baseline: { fromMs: startMs, toMs: testNowMs - 3_600_000 },
      earlierDays: 5,
      series: items,
      compared: items,
      changed: items,
      leftOut: 0,
      samples: { baseline: 4 * items * points, incident: items * points },
      coverage,
      metric: { metric: name(1), labels: {}, unit: '1', changed: true },
      resources: each((i) => ({
        resource: name(i),
        score: 0.876543,
        onsetMs: startMs + i * 5_000,
        lagMs: i * 5_000,
        reason:
          i === 0 ? 'changed first' : 'changed 40s after cpu; moves with system.cpu.utilization, 5s after it (r 0.91)',
        series: each((j) => ({
          ...series(i + j),
          shownUnit: series(i + j).unit,
          kind: 'up' as const,
          before: 0.0123456,
          during: 98.7654321,
          shift: 78.123456,
          onsetMs: startMs + i * 5_000,
          statistic: 0.987654,
          pValue: 1.2345e-9,
          unusual: 12.345678,
          strength: 0.876543,
          together: { correlation: 0.912345, lagMs: 5_000 },
        })).slice(0, 10),
      })),
    }),
    storedAnomalies: async ({ host }) =>
      each((i) => ({
        ...series(i),
        id: 1_000 + i,
        host: host ?? name(i),
        startMs: testNowMs - 600_000 - i,
        endMs: i === 0 ? null : testNowMs - 60_000,
        lastMs: testNowMs - 60_000,
        peak: {
          timeMs: testNowMs - 300_000,
          value: 12.345678,
          expected: 1.2345,
          lower: 0.5,
          upper: 2,
          score: 0.987654,
        },
        severity: 'high',
        direction: 'high',
        group: 1_000,
        hypotheses: hypotheses(i),
      })),
    drawChart: async () => ({
      uri: `openmanager://charts/${'x'.repeat(22)}`,
      png: Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
      leftOut: items,
    }),
    chartSvg: async () => '<svg/>',
    queryAudit: async ({ limit }) => ({
      entries: each((i) => ({
        timeMs: testNowMs - i,
        subject: name(i),
        roles: ['admin'],
        transport: 'http' as const,
        kind: 'tool' as const,
        action: name(i + 1),
        arguments: { host: name(i).slice(0, 300), nested: [name(i).slice(0, 300)] },
        decision: 'allow' as const,
        outcome: 'error' as const,
        errorCode: 'not_found',
        durationMs: 12.3456,
      })).slice(0, limit),
      total: items,
      nextCursor: items > limit ? 'next-page' : null,
    }),
  };
}

function hostFacts(items: number, name: (i: number) => string): HostFacts {
  const processes = Array.from({ length: Math.min(items, 10) }, (_, i) => {
    return { pid: 1000 + i, name: name(i), cpuUtilization: 0.123456 / (i + 1), memoryBytes: 123_456_789 / (i + 1) };
  });
  return {
    host: name(0),
    timestampMs: testNowMs - 2000,
    inventory: {
      hostname: name(0),
      os: name(1),
      kernel: '6.8.0-45-generic',
      architecture: 'x86_64',
      cpuModel: name(2),
      cpuCount: 8,
      memoryBytes: 16 * 1024 ** 3,
      bootTimeMs: testNowMs - 86_400_000,
      virtualization: name(3),
    },
    facts: Array.from({ length: items }, (_, i) => ({
      kind: 'filesystem',
      instance: name(i),
      numbers: [
        { name: 'used', value: 0.4567, unit: '1' },
        { name: 'free', value: 123_456_789_012, unit: 'By' },
      ],
    })),
    processes: { total: 312, byStatus: { running: 3, sleeping: 309 }, topByCpu: processes, topByMemory: processes },
  };
}
