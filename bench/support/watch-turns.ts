/** Looks once a millisecond how much this thread has worked since it looked last; `stop` gives the most, in ms of CPU. */
export function watchTurns(): { stop(): number } {
  let last = process.threadCpuUsage();
  let longest = 0;
  const timer = setInterval(() => {
    const now = process.threadCpuUsage();
    longest = Math.max(longest, now.user - last.user + now.system - last.system);
    last = now;
  }, 1);
  return {
    stop(): number {
      clearInterval(timer);
      return longest / 1000;
    },
  };
}
