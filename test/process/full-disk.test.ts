import { expect, test } from 'vitest';
import { limitedFiles, outlastFullDisk, smallFileSystem } from '../support/chaos/full-disk.ts';

test.skipIf(process.platform !== 'linux')(
  'readings that found no room on the disk are stored once there is room again (with mount or prlimit, on Linux)',
  async () => {
    await using room = (await smallFileSystem()) ?? limitedFiles();
    const report = await outlastFullDisk(room, { outageMs: 2_500 });
    expect(report).toMatchObject({ refusedLive: [], unsafe: [] });
    expect(report.log, room.name).toContain(
      `readings cannot be stored and wait in memory {"error":{"code":"${room.code}"`,
    );
    expect(report.longestGapMs, room.name).toBeLessThan(2_000);
  },
);
