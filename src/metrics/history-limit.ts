/** A database server is shared by many hosts. */
const defaultMegabytes = { sqlite: 1_024, postgres: 102_400 } as const;

export interface HistorySettings {
  readonly databaseUrl?: unknown;
  readonly maxHistoryMegabytes?: number | undefined;
}

/** Bytes that history may take before the oldest is deleted. */
export function maxHistoryBytes({ databaseUrl, maxHistoryMegabytes }: HistorySettings): number {
  return (maxHistoryMegabytes ?? defaultMegabytes[databaseUrl === undefined ? 'sqlite' : 'postgres']) * 2 ** 20;
}

/** As `maxHistoryMegabytes` counts them. */
export function formatMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20).toLocaleString('en-US')} MB`;
}
