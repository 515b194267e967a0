/** These do nothing but grow, so that where they are is never odd. */
export const growingMetrics: ReadonlySet<string> = new Set(['system.uptime']);
