import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CsvOptions, readCsv } from '../../../../src/metrics/importers/csv.ts';
import { collect, pieces } from '../../../support/collected.ts';
import { naughtyStrings } from '../../../support/naughty-strings.ts';

const nowMs = Date.parse('2026-03-01T00:00:00Z');
const descriptor = { metric: 'm', labels: {}, unit: '1' };
const t0 = Date.parse('2026-01-01T00:00:00Z');

function read(content: string | Uint8Array, options: Partial<CsvOptions> = {}, pieceSize = 1_000) {
  const all = { host: 'h', descriptor, nowMs, ...options };
  return collect((leftOut) => readCsv(pieces(content, pieceSize), all, leftOut));
}

async function samples(content: string | Uint8Array, options: Partial<CsvOptions> = {}, pieceSize?: number) {
  const { series, leftOut } = await read(content, options, pieceSize);
  expect(leftOut).toEqual([]);
  return series['h m 1'];
}

describe('a file of times and values', () => {
  test.each([
    ['ISO 8601 and commas', '2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,2.5\n'],
    ['epoch seconds and semicolons', '1767225600;1\n1767225660;2.5'],
    ['epoch milliseconds and tabs', '1767225600000\t1\n1767225660000\t2.5\n'],
    ['blanks around fields', ' 1767225600 ;\t1 \r\n\r\n1767225660;\t2.5\r\n'],
    ['a byte order mark and a header', '\uFEFFtime,value\r\n1767225600,1\r\n1767225660,2.5'],
    ['quoted fields', '"when","how, much"\n"2026-01-01 00:00:00","1"\n"2026-01-01 00:01:00","2.5"'],
    ['epoch microseconds', '1767225600000000,1\n1767225660000000,2.5'],
    ['epoch nanoseconds', '1767225600000000000,1\n1767225660000000000,2.5'],
    ['decimal commas and semicolons', 'time;value\n2026-01-01 00:00;1,0\n2026-01-01 00:01;2,5'],
    ['decimal commas and tabs', '2026-01-01 00:00\t1\n2026-01-01 00:01\t2,5'],
    ['an offset', '2026-01-01T01:00:00+01:00,1\n2026-01-01T01:01:00+01:00,2.5'],
  ])('with %s is read', async (_, content) => {
    const expected = [
      [t0, 1],
      [t0 + 60_000, 2.5],
    ];
    expect(await samples(content)).toEqual(expected);
    expect(await samples(content, {}, 1)).toEqual(expected);
  });

  test('may name its columns, in any order, or number them', async () => {
    const content = 'CPU usage [%];\tTimestamp [ms];\tMemory [KB]\n12;\t1767225600000;\t4\n';
    const timeColumn = 'timestamp [MS]';
    expect(await samples(content, { timeColumn, valueColumn: 'CPU usage [%]', scale: 0.01 })).toEqual([[t0, 0.12]]);
    expect(await samples(content, { timeColumn: '2', valueColumn: '3', scale: 1024 })).toEqual([[t0, 4096]]);
  });

  test('is read as told where the size of a number would mislead', async () => {
    expect(await samples('50000000,1', { timeForm: 's' })).toEqual([[50_000_000_000, 1]]);
    expect(await samples('50000000000,1', { timeForm: 'ms' })).toEqual([[50_000_000_000, 1]]);
    expect(await samples('50000000000000,1', { timeForm: 'us' })).toEqual([[50_000_000_000, 1]]);
    expect(await samples('50000000000000000,1', { timeForm: 'ns' })).toEqual([[50_000_000_000, 1]]);
  });

  test.each<[header: string, row: string, options?: Partial<CsvOptions>]>([
    ['value,time', '5,2026-01-01'],
    ['cpu,Time (UTC)', '5,2026-01-01'],
    ['sensor,_time,temperature', 'a,1767225600,5'],
    ['created,epoch_s,host,cpu', 'x,1767225600,web,5'],
    ['response_time,date', '5,2026-01-01'],
    ['id,timestamp,Value,time', '7,1767225600,5,x'],
    ['epoch,timestamp,cpu', '1,1767225600,5'],
    ['time;host;load', '2026-01-01;web;5,0'],
    ['uptime,downtime,ts', ',5,1767225600', { valueColumn: 'downtime' }],
    ['value,stamp', '1767225600,5', { timeColumn: 'value' }],
    ['cpu,stamp', '5,1767225600', { valueColumn: 'cpu' }],
    ['time,x,3', '1767225600,a,5'],
    ['x,3,time', 'a,5,1767225600'],
    ['stamp,3', '1767225600,5', { timeColumn: '1' }],
    ['3,when', '5,1767225600', { valueColumn: '1' }],
    ['time,cpu,CPU', '1767225600,4,5', { valueColumn: 'CPU' }],
    ['time,2,2', '1767225600,5,6', { valueColumn: '2' }],
    ['time,value,Value', '1767225600,a,5'],
    ['timestamp,cpu,timestamp', '1,5,1767225600', { valueColumn: 'cpu', timeColumn: '3' }],
  ])('finds the times and values of %s', async (header, row, options = {}) => {
    expect(await samples(`${header}\n${row}\n`, options)).toEqual([[t0, 5]]);
    expect(await samples(`${header}\n${row}\n`, options, 1)).toEqual([[t0, 5]]);
  });

  test.each<[string, string, Partial<CsvOptions>]>([
    ['a name of a time in another column', '1767225600,ts,5', {}],
    ['times that need their unit', '50000000,date,5', { timeForm: 's' }],
    ['a value that is missing', '1767225600,', { timeColumn: '1' }],
  ])('has no header because of %s', async (_, line, options) => {
    const nextTo = line.replace(/^\d+/, (time) => String(Number(time) + 1));
    const { series, leftOut } = await read(`${line}\n${nextTo}\n`, options);
    const count = (series['h m 1'] ?? []).length + leftOut.reduce((sum, one) => sum + one.count, 0);
    expect(count).toBe(2);
  });

  test('with thousands that are separated has bad lines, which say so', async () => {
    const of = async (content: string) => (await read(content)).leftOut.flatMap(({ examples }) => examples);
    const thousands = 'thousands are not guessed, write e.g. 1234.5';
    expect(await of('1767225600;1\n1767225601;1.234,5\n1767225602;1,234.5\n1767225603;1,234,567\n')).toEqual([
      `line 2: "1.234,5" is no number; ${thousands}`,
      `line 3: "1,234.5" is no number; ${thousands}`,
      `line 4: "1,234,567" is no number; ${thousands}`,
    ]);
    expect(await of('1767225600\t0,125\n1767225601\t1,234\n')).toEqual([`line 2: "1,234" is no number; ${thousands}`]);
    expect(await of('1767225600,1\n1767225601,"1,5"\n')).toEqual([
      'line 2: "1,5" is no number; decimal commas are read where semicolons or tabs separate the columns',
    ]);
  });

  test('may be unsorted: batches come in order, and the last of equal times counts', async () => {
    const { series, batches } = await read('1767225602,3\n1767225600,1\n1767225602,4\n1767225601,2\n', {
      batchSize: 3,
    });
    expect(series['h m 1']).toEqual([
      [t0, 1],
      [t0 + 2_000, 4],
      [t0 + 1_000, 2],
    ]);
    expect(batches).toBe(2);
  });

  test('gives batches of bounded size, however long it is', async () => {
    const content = Array.from({ length: 5_000 }, (_, i) => `${1_767_225_600 + i},${i}`).join('\n');
    const { series, batches } = await read(content, { batchSize: 1_000 });
    expect(batches).toBe(5);
    expect(series['h m 1']).toHaveLength(5_000);
  });

  test('whose lines cannot all be read says which, and why', async () => {
    const bad = [
      'yesterday,1',
      '1767225601,much',
      '1767225602,0x10',
      '1767225603,1,5',
      '1767225604',
      '"1767225605,1',
      '31000000000000,1',
      '1000000,1',
      `1767225607,${'9'.repeat(400)}`,
    ];
    const { series, leftOut } = await read(
      `time,value\n1767225600,1\n${bad.join('\n')}\n1767225609,\n1767225610,NaN\n1767225611,2\n`,
    );
    expect(series['h m 1']).toEqual([
      [t0, 1],
      [t0 + 3_000, 1],
      [t0 + 11_000, 2],
    ]);
    expect(leftOut).toEqual([
      {
        what: 'bad lines',
        count: 8,
        examples: [
          'line 3: "yesterday" is no time',
          'line 4: "much" is no number',
          'line 5: "0x10" is no number',
          'line 7: it has 1 column, 2 are needed',
          'line 8: a quote is not closed',
        ],
      },
      { what: 'lines without a value', count: 2, examples: [] },
    ]);
  });

  test('with times before 1971 or after tomorrow says so', async () => {
    const { leftOut } = await read(
      '1767225600,1\n1970-12-31T23:59:59Z,1\n2026-03-02T00:00:01Z,1\n99999999999999,1\n1000000,1\n',
    );
    expect(leftOut[0]?.examples).toEqual([
      'line 2: the time "1970-12-31T23:59:59Z" is before 1971',
      'line 3: the time "2026-03-02T00:00:01Z" is after 2026-03-02T00:00:00Z, a day from now',
      'line 4: the time "99999999999999" is after 2026-03-02T00:00:00Z, a day from now (read as milliseconds: 5138-11-16T09:46:40Z; --time-unit says otherwise)',
      'line 5: "1000000" is no time: a number of that size needs --time-unit',
    ]);
    const { leftOut: told } = await read('1767225600,1\n1000000,1\n99999999999999999,1\n', { timeForm: 's' });
    expect(told[0]?.examples).toEqual([
      'line 2: the time "1000000" is before 1971 (read as seconds: 1970-01-12T13:46:40Z; so says --time-unit)',
      'line 3: the time "99999999999999999" is after 2026-03-02T00:00:00Z, a day from now (read as seconds; so says --time-unit)',
    ]);
  });
});

describe('hostile input', () => {
  test('a line that does not end is not kept in memory, and the next is read', async () => {
    const huge = `1767225600,${'1'.repeat(300_000)}`;
    const { series, leftOut } = await read(`1767225600,1\n${huge}\n1767225601,2\n${huge}`);
    expect(series['h m 1']).toEqual([
      [t0, 1],
      [t0 + 1_000, 2],
    ]);
    expect(leftOut).toMatchObject([
      {
        what: 'bad lines',
        count: 2,
        examples: ['line 2: longer than 65,536 characters', 'line 4: longer than 65,536 characters'],
      },
    ]);
  });

  test('NUL characters are named, as they mean another encoding', async () => {
    const { leftOut } = await read('1767225600,1\n1\u0000767225600,2\n');
    expect(leftOut[0]?.examples).toEqual([expect.stringContaining('NUL')]);
  });

  test('a file of which nothing can be read is given up after a thousand lines', async () => {
    const binary = Buffer.alloc(100_000, 'time,value\n\0\u00ff\n', 'latin1');
    await expect(read(binary)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^None of 1000 lines can be read; line 2: it holds NUL/),
    });
  });

  test('whatever a field holds, it is a sample or a bad line', async () => {
    for (const text of naughtyStrings) {
      const { series, leftOut } = await read(`1767225600,1\n${text},2\n1767225601,${text}\n1767225602,3\n`);
      const times = (series['h m 1'] ?? []).map(([timeMs]) => timeMs);
      expect(times[0]).toBe(t0);
      expect(times).toContain(t0 + 2_000);
      for (const example of leftOut.flatMap(({ examples }) => examples)) expect(example).not.toMatch(/\p{Cc}/u);
    }
  });

  test('any bytes at all are refused or read, without another failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 300 }), async (bytes, size) => {
        const error = await read(bytes, {}, size).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (error !== null) expect(error).toMatchObject({ code: 'invalid_argument' });
      }),
    );
  });
});

describe('refused with the columns there are is', () => {
  const content = 'time,cpu,memory\n1767225600,1,2\n';
  test.each<[string, Partial<CsvOptions>, string]>([
    [
      'no choice of several columns',
      {},
      'Say which column has the values with --value-column. The columns: 1 "time", 2 "cpu", 3 "memory".',
    ],
    [
      'an unknown name',
      { valueColumn: 'memroy' },
      'There is no column "memroy". Did you mean "memory"? The columns: 1 "time"',
    ],
    [
      'a number that is too large',
      { valueColumn: '4' },
      'There is no column "4". By number there are columns 1 to 3. The columns: 1 "time"',
    ],
    ['a number that is too small', { valueColumn: '0' }, 'There is no column "0". By number there are columns 1 to 3.'],
    ['a number below', { valueColumn: '-1' }, 'There is no column "-1". By number there are columns 1 to 3.'],
    ['a name that is near to none', { valueColumn: 'disk' }, 'There is no column "disk". The columns: 1 "time"'],
    [
      'the same column twice',
      { valueColumn: '1' },
      'Time and value are the same column, 1: say which they are with --time-column and --value-column. The columns: ',
    ],
    ['no word on what it is', { valueColumn: 'cpu', descriptor: undefined }, '--host, --metric and --unit'],
  ])('%s', async (_, options, message) => {
    await expect(read(content, options)).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringContaining(message),
    });
  });
});

test.each<[string, Partial<CsvOptions>, string]>([
  [
    '1767225600,10\n1767225601,11\n',
    { valueColumn: 'foo' },
    'There is no column "foo". The columns: 1 to 2, without names.',
  ],
  [
    '1767225600,10\n1767225601,11\n',
    { valueColumn: '0' },
    'There is no column "0". The columns: 1 to 2, without names.',
  ],
  [
    'time,cpu,mem,cpu\n1767225600,1,2,3\n',
    { valueColumn: 'cpu' },
    'Several columns are named "cpu", 2 and 4: say which by its number. The columns: 1 "time", 2 "cpu"',
  ],
  [
    'time,Cpu,CPU\n1767225600,1,2\n',
    { valueColumn: 'cpu' },
    'Several columns are named "cpu", 2 and 3: say which by its number.',
  ],
  ['time,value,value\n1767225600,1,2\n', {}, 'Say which column has the values with --value-column.'],
  ['timestamp,v,timestamp\n1767225600,1,1767225600\n', {}, 'Say which column has the times with --time-column.'],
])('of %j with %j is refused', async (content, options, message) => {
  await expect(read(content, options)).rejects.toThrow(message);
});

test('several columns named like times are not chosen from', async () => {
  await expect(read('date,time,cpu\n2026-01-01,10:00,1\n')).rejects.toThrow(
    'Say which column has the times with --time-column. The columns: 1 "date", 2 "time", 3 "cpu".',
  );
});

describe('a file of openmanager export', () => {
  const header = 'timestamp,host,metric,labels,unit,value';

  test('says itself what its samples are; another host may be given', async () => {
    const content = `${header}\n2026-01-01T00:00:00.000Z,web,a.b,"{""x"":""1,2""}",By,5\n2026-01-01T00:00:00.000Z,db,c,{},,6\n`;
    expect((await read(content, { host: undefined, descriptor: undefined })).series).toEqual({
      'web a.b By x=1,2': [[t0, 5]],
      'db c ': [[t0, 6]],
    });
    expect(Object.keys((await read(content, { descriptor: undefined })).series)).toEqual(['h a.b By x=1,2', 'h c ']);
    await expect(read(content)).rejects.toThrow('leave out --metric, --unit and --label');
  });

  test('with rows that name no series has bad lines', async () => {
    const rows = ['w,m,[],1,5', 'w,m,"{""a"":1}",1,5', 'w,m,x,1,5', ',m,{},1,5', 'w,,{},1,5'];
    const content = `${header}\n${rows.map((row) => `2026-01-01T00:00:00Z,${row}`).join('\n')}\n`;
    const { series, leftOut } = await read(content, { host: undefined, descriptor: undefined });
    expect(series).toEqual({});
    expect(leftOut[0]?.examples).toEqual([
      'line 2: "[]" are no labels: a JSON object of texts is needed',
      'line 3: "{"a":1}" are no labels: a JSON object of texts is needed',
      'line 4: "x" are no labels: a JSON object of texts is needed',
      'line 5: Not stored: an empty host.',
      'line 6: Not stored: an empty metric.',
    ]);
  });
});
