import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSadf } from '../../../../src/metrics/importers/sadf.ts';
import { collect } from '../../../support/collected.ts';
import { naughtyStrings } from '../../../support/naughty-strings.ts';

const nowMs = Date.parse('2026-12-01T00:00:00Z');
const real = readFileSync('test/support/fixtures/sysstat/sadf-12.6.json', 'utf8');
const [t0, t1] = [Date.parse('2026-11-24T01:26:14Z'), Date.parse('2026-11-24T01:26:15Z')];

function read(text: string, host?: string) {
  return collect((leftOut) => readSadf(text, { host, nowMs }, leftOut));
}

function file(sections: object, more: object = {}): string {
  const statistics = [{ timestamp: { date: '2026-11-24', time: '01:26:14', utc: 1, interval: 60 }, ...sections }];
  return JSON.stringify({ sysstat: { hosts: [{ nodename: 'h', timezone: 'UTC', statistics, ...more }] } });
}

describe('what sadf -j -- -A of sysstat 12.6 wrote', () => {
  test('has what our collector reports under its names, units and labels', async () => {
    const { series } = await read(real);
    const kib = 1024;
    const total = (23225872 + 844004 + 29360 + 421392 + 163456) * kib;
    expect(series).toMatchObject({
      'web-1 system.cpu.utilization 1': [
        [t0, 0.4948],
        [t1, 0.6225],
      ],
      'web-1 system.cpu.utilization 1 cpu.mode=iowait': [
        [t0, 0.0052],
        [t1, 0.0051],
      ],
      'web-1 system.cpu.utilization 1 cpu.logical_number=0': [[t0, 0.5446], expect.anything()],
      'web-1 system.processes.created {process}/s': [[t0, 2], expect.anything()],
      'web-1 system.context_switches {switch}/s': [[t0, 21_504], expect.anything()],
      'web-1 system.cpu.load_average.15m {thread}': [[t0, 0.5], expect.anything()],
      'web-1 system.memory.limit By': [[t0, total], expect.anything()],
      'web-1 system.memory.usage By system.memory.state=used': [[t0, total - 23521360 * kib], expect.anything()],
      'web-1 system.linux.memory.available By': [[t0, 23521360 * kib], expect.anything()],
      'web-1 system.disk.io By/s system.device=vda disk.io.direction=write': [expect.anything(), [t1, 2660 * kib]],
      'web-1 system.disk.utilization 1 system.device=vda': [expect.anything(), [t1, 0.02]],
      'web-1 system.paging.faults {fault}/s system.paging.fault.type=minor': [
        [t0, 4340],
        [t1, 21_874],
      ],
      'web-1 system.network.io By/s network.interface.name=eth0 network.io.direction=receive': [
        [t0, 0],
        [t1, 0],
      ],
      'web-1 system.linux.pressure 1 resource=cpu kind=some': [expect.anything(), [t1, 0.185]],
      'web-1 system.filesystem.inodes.utilization 1 system.device=/dev/vda': [
        expect.anything(),
        [t1, 435417 / (435417 + 16341799)],
      ],
    });
    expect(Object.keys(series).filter((key) => key.includes('system.paging.usage'))).toEqual([]);
  });

  test('has the rest under names of sysstat, with the units that are known', async () => {
    const { series } = await read(real);
    expect(series).toMatchObject({
      'web-1 sysstat.memory.cached By': [[t0, 421392 * 1024], expect.anything()],
      'web-1 sysstat.memory.commit-percent %': [[t0, 3.2], expect.anything()],
      'web-1 sysstat.io.tps {operation}/s': [
        [t0, 46],
        [t1, 373],
      ],
      'web-1 sysstat.io.bwrtn By/s': [expect.anything(), [t1, 5320 * 512]],
      'web-1 sysstat.interrupts.all {interrupt}/s sysstat.intr=sum': expect.anything(),
      'web-1 sysstat.cpu-frequency.frequency MHz sysstat.number=all': [expect.anything(), [t1, 2596.13]],
      'web-1 sysstat.psi-io.full_avg300 %': [expect.anything(), [t1, 3.3]],
      'web-1 sysstat.net-tcp.active 1/s': expect.anything(),
      'web-1 sysstat.kernel.file-nr ': expect.anything(),
    });
  });

  test('has no loopback, and of the interrupts the sum; what is left out is counted', async () => {
    const { series, leftOut } = await read(real);
    expect(Object.keys(series).filter((key) => /=lo\b|CPU0|intr=\d/.test(key))).toEqual([]);
    expect(leftOut.map(({ what, count }) => [what, count])).toEqual([
      ['interrupts of single sources', 2],
      ['readings of loopback and pseudo interfaces', 4],
    ]);
  });

  test('belongs to the host that is named, else to its nodename', async () => {
    const { series } = await read(real, 'other');
    expect(Object.keys(series).every((key) => key.startsWith('other '))).toBe(true);
  });
});

test('the short CPU line and the memory of older versions mean the same', async () => {
  const cpu = [
    { cpu: 'all', user: 10, nice: 1, system: 5, iowait: 2, steal: 0, idle: 82 },
    { cpu: '3', usr: 0, idle: 0 },
  ];
  const memory = {
    memfree: 100,
    memused: 300,
    'memused-percent': 75,
    buffers: 10,
    cached: 50,
    swpfree: 30,
    swpused: 10,
  };
  expect((await read(file({ 'cpu-load': cpu, memory }))).series).toMatchObject({
    'h system.cpu.utilization 1': [[t0, 0.16]],
    'h system.cpu.utilization 1 cpu.mode=user': [[t0, 0.1]],
    'h system.cpu.utilization 1 cpu.mode=system': [[t0, 0.05]],
    'h system.memory.limit By': [[t0, 400 * 1024]],
    'h system.paging.utilization 1': [[t0, 0.25]],
  });
  const { series } = await read(file({ 'cpu-load': cpu, memory }));
  expect(Object.keys(series)).not.toContain('h system.memory.utilization 1');
  expect(Object.keys(series)).not.toContain('h system.cpu.utilization 1 cpu.logical_number=3');
});

describe('refused is', () => {
  test.each([
    ['text that is no JSON', 'not json', 'it is not valid JSON'],
    ['JSON of something else', '{"a":1}', '"sysstat" is missing'],
    ['a file without hosts', '{"sysstat":{"hosts":[]}}', 'it names no hosts'],
    ['a host without a name', file({}, { nodename: '' }), 'name it with --host'],
    ...['UTC', 'CST'].map((timezone): [string, string, string] => [
      `local time, also where the host's zone is ${timezone}: that of "sadf -T" is the reader's`,
      file({ timestamp: { date: '2026-11-24', time: '01:26:14', utc: 0 } }, { timezone }),
      'its times are local ones of a zone that it does not name: run sadf without -T and -t',
    ]),
  ])('%s', async (_, text, message) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^This is not what "sadf -j -- -A" writes: /),
    });
    await expect(read(text)).rejects.toThrow(message);
  });
});

test('statistics without a plausible time are left out and counted', async () => {
  const wrong = [{ date: 'x', time: '00:00:00', utc: 1 }, { date: '1970-01-02', time: '00:00:00', utc: 1 }, 5];
  for (const timestamp of wrong) {
    const { series, leftOut } = await read(file({ timestamp, queue: { 'ldavg-1': 1 } }));
    expect(series).toEqual({});
    expect(leftOut).toMatchObject([{ what: 'statistics', count: 1 }]);
  }
});

test('whatever a file holds, it is read or refused', async () => {
  for (const text of naughtyStrings)
    await read(file({ [text]: { [text]: 1 }, disk: [{ 'disk-device': text, tps: text, rkB: 1 }] }));
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom('cpu-load', 'memory', 'disk', 'network', 'io', 'psi'), fc.jsonValue()),
      async (sections) => {
        await read(file(sections));
      },
    ),
  );
});
