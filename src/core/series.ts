/** Labels of a series, in OpenTelemetry's attribute names, e.g. `{ 'system.device': 'sda' }`. */
export type Labels = Readonly<Record<string, string>>;

/** What tells one series of a host from the others. `unit` is UCUM as in OpenTelemetry: `1` (a ratio), `By`, `By/s`, `s`. */
export interface Descriptor {
  readonly metric: string;
  readonly labels: Labels;
  readonly unit: string;
}

/** `metric{a=b,c=d}`, labels sorted by name: equal for equal descriptors, and the way a series is shown. */
export function seriesName(metric: string, labels: Labels): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`);
  return pairs.length === 0 ? metric : `${metric}{${pairs.join(',')}}`;
}
