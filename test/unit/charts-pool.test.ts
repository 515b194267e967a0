import { expect, test } from 'vitest';
import type { Chart } from '../../src/charts/chart.ts';
import { createChartPool } from '../../src/charts-pool.ts';
import { decodePng } from '../support/decode-png.ts';
import { sampleCharts } from '../support/sample-charts.ts';

test('a chart is drawn in a thread, while this one goes on', async () => {
  await using pool = createChartPool();
  const drawn = pool.draw(sampleCharts.forecast, 'dark', new AbortController().signal);
  let turns = 0;
  const counting = setInterval(() => turns++, 1);
  const { svg, png } = await drawn.finally(() => clearInterval(counting));
  expect(svg).toContain('system.cpu.utilization on web-1');
  expect(decodePng(png)).toMatchObject({ width: 800, height: 400 });
  expect(turns).toBeGreaterThan(5);
});

test('a chart that cannot be drawn fails, and the next one does not', async () => {
  await using pool = createChartPool();
  const { signal } = new AbortController();
  const broken = { ...sampleCharts.forecast, lines: [null] } as unknown as Chart;
  const failed = pool.draw(broken, 'light', signal);
  await expect(failed).rejects.toMatchObject({ code: 'internal', message: expect.stringContaining('without chart') });
  expect((await pool.draw(sampleCharts.forecast, 'light', signal)).svg).toContain('</svg>');
});

test('a chart that nobody waits for any more is not drawn', async () => {
  await using pool = createChartPool();
  const given = new AbortController();
  const drawn = pool.draw(sampleCharts.forecast, 'light', given.signal);
  given.abort();
  await expect(drawn).rejects.toMatchObject({ code: 'cancelled' });
});
