import type { Descriptor, Labels } from '../../core/series.ts';
import { assertDescriptor, assertHost } from '../reading-limits.ts';
import type { IsCounter } from './prometheus-counters.ts';

export interface SeriesNaming {
  /** The host of all series. */
  readonly host?: string | undefined;
  /** The label that names the host. Default: `instance`, without its port. */
  readonly hostLabel?: string | undefined;
  /** In place of the unit that the metric's name ends with; of a counter, that of its total. */
  readonly unit?: string | undefined;
}

export interface NamedSeries {
  readonly host: string;
  readonly descriptor: Descriptor;
  /** A counter, whose unit is that of its growth per second. */
  readonly isRate: boolean;
}

/** Base units that names of metrics end with (https://prometheus.io/docs/practices/naming/), in UCUM. */
const unitOf: Readonly<Record<string, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  celsius: 'Cel',
  hertz: 'Hz',
  joules: 'J',
  volts: 'V',
  amperes: 'A',
  meters: 'm',
  grams: 'g',
  percent: '%',
};

/**
 * What a series of Prometheus is here; null when it does not name its host. The label that does is left out where the
 * host says all of it; of an `instance` with a port it stays, so that two exporters of a host are told apart. Counters
 * are named as rates: seconds of CPU are `s/s`, and what has no unit is `/s`, which UCUM allows.
 * @throws `invalid_argument` when a text is longer than what is stored.
 */
export function describeSeries(
  labels: Labels,
  { host: givenHost, hostLabel, unit: givenUnit, isCounter }: SeriesNaming & { readonly isCounter: IsCounter },
): NamedSeries | null {
  const { __name__: metric = '', ...rest } = labels;
  const label = hostLabel ?? 'instance';
  const named = rest[label] ?? '';
  const host = givenHost ?? (hostLabel === undefined ? withoutPort(named) : named);
  if (host === '' || metric === '') return null;
  const kept = Object.fromEntries(Object.entries(rest).filter(([name, value]) => name !== label || value !== host));
  const isRate = isCounter(metric);
  const unit = givenUnit ?? unitOfName(metric);
  const descriptor = { metric, labels: kept, unit: isRate ? `${unit}/s` : unit };
  assertHost(host);
  assertDescriptor(descriptor);
  return { host, descriptor, isRate };
}

/** `web-1:9100` is on `web-1`, `[::1]:9100` on `::1`. */
function withoutPort(instance: string): string {
  return instance.replace(/^\[([^\]]+)\](:\d+)?$/, '$1').replace(/^([^:]+):\d+$/, '$1');
}

/** Empty when the name does not say. */
function unitOfName(metric: string): string {
  const [, word = ''] = /_([a-z]+?)(?:_total|_sum|_created)?$/.exec(metric) ?? [];
  return Object.hasOwn(unitOf, word) ? (unitOf[word] as string) : '';
}
