import { expect, test } from 'vitest';
import { outages, smallServer } from '../support/chaos/outages.ts';
import { outlast } from '../support/chaos/outlast.ts';
import { postgresForTests } from '../support/postgres-cluster.ts';

// The long version, with all outages, is `npm run bench -- chaos`.
const password = 'not:to@be/told';
const cluster = postgresForTests({ password, settings: smallServer.settings });
const secrets = [password, encodeURIComponent(password)];
const driverWords = ['ECONN', 'terminat', 'sorry', 'read-only transaction'];

test('this host is answered for while PostgreSQL is gone, full, stuck or read-only, and all readings are stored afterwards', async () => {
  const chosen = [outages.killed, outages.full, outages.stuck, outages.readOnly];
  const reports = await outlast(cluster(), chosen, { outageMs: 2_000, secrets, driverWords });
  for (const report of reports) {
    expect(report).toMatchObject({ refusedLive: [], unsafe: [] });
    expect(report.liveCalls, report.outage).toBeGreaterThan(3);
    expect(report.slowestLiveMs, report.outage).toBeLessThan(5_000);
    expect(report.longestGapMs, report.outage).toBeLessThan(2_000);
  }
  // A backend that is stuck fails nothing: it keeps what it has locked.
  expect(reports.map(({ logged }) => logged)).toEqual([true, true, false, true]);
  const answers = reports.slice(0, 2).map(({ historyAnswers }) => Object.keys(historyAnswers));
  expect(answers).toEqual([['unavailable'], ['unavailable']]);
});
