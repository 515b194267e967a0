const growing: ReadonlySet<string> = new Set(['system.uptime', 'sysstat.uptime']);

/** Whether a metric does nothing but grow, so that where it is is never odd. */
export function isGrowing(metric: string): boolean {
  return growing.has(metric);
}
