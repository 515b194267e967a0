/** A chunk holds the samples of one series in one hour. */
export const hourMs = 3_600_000;

/** Series ids are smaller; an hour counts from the epoch. Hours up to 2^22 (in the year 2448) fit a safe integer. */
const seriesPerHour = 2 ** 31;

export function hourAt(timeMs: number): number {
  return Math.floor(timeMs / hourMs);
}

/** See `ChunkTable.id`. With series 0, which there is none of, the start of the hour. */
export function chunkKey(hour: number, seriesId: number): number {
  return hour * seriesPerHour + seriesId;
}

export function chunkHour(key: number): number {
  return Math.floor(key / seriesPerHour);
}

export function chunkSeries(key: number): number {
  return key % seriesPerHour;
}
