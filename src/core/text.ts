/**
 * Names of hosts, processes, devices and labels are untrusted text: in an answer they stay on one line, without control,
 * bidirectional or invisible characters that could hide something from the reader, and at most `maxLength` long.
 */
export function safeName(text: string, maxLength = 128): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Co}\p{Cs}\u2028\u2029]/gu, '\uFFFD');
  // The cut may fall into a surrogate pair.
  return clean.length > maxLength ? `${clean.slice(0, maxLength - 1).toWellFormed()}…` : clean;
}

/** {@link safeName} for the names and values of labels. */
export function safeLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [safeName(name), safeName(value, 255)]));
}

/** `1 host`, `2 hosts`; `plural` where an s is not enough. */
export function counted(n: number, what: string, plural = `${what}s`): string {
  return `${n} ${n === 1 ? what : plural}`;
}

/** The candidates nearest to what was asked for, best first: shared prefix and word parts before edit distance. */
export function closest(asked: string, candidates: readonly string[], limit = 5): string[] {
  const wanted = asked.toLowerCase().slice(0, 128);
  return candidates
    .map((name) => ({ name, distance: nameDistance(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** The nearest candidate, where it is near enough to have been meant: mistyped, or with a word in common. */
export function nearest(asked: string, candidates: readonly string[]): string | undefined {
  const [near] = closest(asked, candidates, 1);
  if (near === undefined) return undefined;
  const wanted = asked.toLowerCase().slice(0, 128);
  const words = wanted.split(/[^a-z0-9]+/).filter((word) => word.length > 2);
  if (words.some((word) => near.toLowerCase().includes(word))) return near;
  return editDistance(wanted, near.toLowerCase().slice(0, 128)) <= Math.max(1, wanted.length / 3) ? near : undefined;
}

function nameDistance(wanted: string, name: string): number {
  const parts = wanted.split(/[^a-z0-9]+/).filter(Boolean);
  const hits = parts.filter((part) => name.includes(part)).length;
  return editDistance(wanted, name.slice(0, 128)) - hits * 12;
}

/** Levenshtein's distance, two rows at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(substitution, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
