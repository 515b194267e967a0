/** CPU seconds (user and system) that `work` took: on a busy machine steadier than the time that passed. */
export function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
