import { describe, expect, it } from 'vitest';
import { createProcessReader, parseProcessStat } from '../../../../../src/metrics/collectors/linux/processes.ts';
import { createManualClock } from '../manual-clock.ts';
import { createTemporaryRoot, type TemporaryRoot } from '../temporary-root.ts';

const host = { cores: 4, pageBytes: 4096 };
const { signal } = new AbortController();

function write(files: TemporaryRoot, pid: number, { name = 'app', state = 'S', ticks = 0, start = 1, pages = 10 }) {
  const fields = [state, 1, pid, pid, 0, -1, 0, 0, 0, 0, 0, ticks, 0, 0, 0, 20, 0, 1, 0, start, 1000, pages, 0];
  files.write(`proc/${pid}/stat`, `${pid} (${name}) ${fields.join(' ')}\n`);
}

describe('the processes of a machine', () => {
  it('are counted by status, whatever their names pretend', async () => {
    using files = createTemporaryRoot('many-disks');
    const table = await createProcessReader(files.root, createManualClock()).read(host, signal);
    expect(table?.total).toBe(5);
    expect(table?.byStatus).toEqual({ running: 1, sleeping: 1, blocked: 1, idle: 1, stopped: 0, defunct: 1 });
    expect(table?.topByMemory.map(({ pid, name }) => [pid, name])).toEqual([
      [300, 'post\uFFFDgres'],
      [1, 'systemd'],
      [77, 'evil) R 1 (x'],
    ]);
    expect(table?.topByMemory[0]?.memoryBytes).toBe(50000 * 4096);
  });

  it('never show their arguments', async () => {
    using files = createTemporaryRoot('many-disks');
    const reader = createProcessReader(files.root, createManualClock());
    expect(JSON.stringify(await reader.read(host, signal))).not.toContain('hunter2');
  });

  it('use a share of all processors since the last read; the first read knows none', async () => {
    using files = createTemporaryRoot();
    const clock = createManualClock();
    const reader = createProcessReader(files.root, clock);
    write(files, 10, { name: 'busy', ticks: 1000 });
    write(files, 11, { name: 'idle', ticks: 1000 });
    const first = await reader.read(host, signal);
    expect(first?.topByCpu).toEqual([]);
    expect(first?.topByMemory[0]?.cpuUtilization).toBeNaN();
    clock.pass(10_000);
    write(files, 10, { name: 'busy', ticks: 3000 });
    const second = await reader.read(host, signal);
    expect(second?.topByCpu).toEqual([{ pid: 10, name: 'busy', cpuUtilization: 0.5, memoryBytes: 40960 }]);
  });

  it('count from nothing when they began since, also under a pid that was used before', async () => {
    using files = createTemporaryRoot();
    const clock = createManualClock();
    const reader = createProcessReader(files.root, clock);
    write(files, 10, { ticks: 5000, start: 1 });
    await reader.read(host, signal);
    clock.pass(10_000);
    write(files, 10, { ticks: 400, start: 900 });
    write(files, 11, { ticks: 800, start: 950 });
    const table = await reader.read(host, signal);
    expect(table?.topByCpu.map(({ pid, cpuUtilization }) => [pid, cpuUtilization])).toEqual([
      [11, 0.2],
      [10, 0.1],
    ]);
  });

  it('are named ten at most in each list', async () => {
    using files = createTemporaryRoot();
    for (let pid = 1; pid <= 200; pid++) write(files, pid, { pages: pid });
    const table = await createProcessReader(files.root, createManualClock()).read(host, signal);
    expect(table?.total).toBe(200);
    expect(table?.topByMemory.map(({ pid }) => pid)).toEqual([200, 199, 198, 197, 196, 195, 194, 193, 192, 191]);
  });

  it('are not known when the read is aborted or there is no /proc', async () => {
    using files = createTemporaryRoot();
    const reader = createProcessReader(files.root, createManualClock());
    expect(await reader.read(host, signal)).toBeNull();
    write(files, 1, {});
    expect(await reader.read(host, AbortSignal.abort())).toBeNull();
  });
});

describe('the line of a process', () => {
  it('is refused when it is damaged', () => {
    for (const text of ['', '12', '12 (x', ')(', '12 (x) S', '-1 (x) S 1', '12 (x) S a b c', '0 (x) S']) {
      expect(parseProcessStat(text)).toBeNull();
    }
  });
});
