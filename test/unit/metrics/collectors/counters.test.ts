import { describe, expect, it } from 'vitest';
import { createCounter, createIntervalMeter, share } from '../../../../src/metrics/collectors/counters.ts';
import { createManualClock } from './manual-clock.ts';

function setUp() {
  const clock = createManualClock();
  return { clock, next: createIntervalMeter(clock, 5000) };
}

describe('the interval between two samples', () => {
  it('is not known at the first sample', () => {
    const { next } = setUp();
    expect(next().seconds).toBeNaN();
  });

  it('is what the monotonic clock says', () => {
    const { clock, next } = setUp();
    next();
    clock.pass(5000, 5200);
    expect(next().seconds).toBe(5);
  });

  it('is not comparable after more than three intervals without a sample', () => {
    const { clock, next } = setUp();
    next();
    clock.pass(15_001);
    expect(next().seconds).toBeNaN();
    clock.pass(15_000);
    expect(next().seconds).toBe(15);
  });

  it('may be longer than expected when the source is always read less often', () => {
    const { clock, next } = setUp();
    next();
    clock.pass(60_000);
    expect(next().seconds).toBeNaN();
    clock.pass(60_000);
    expect(next().seconds).toBe(60);
  });

  it('is not comparable after a suspend in which the monotonic clock stood still', () => {
    const { clock, next } = setUp();
    next();
    clock.pass(2000, 3_600_000);
    expect(next().seconds).toBeNaN();
    clock.pass(5000);
    expect(next().seconds).toBe(5);
  });

  it('is not comparable after the wall clock jumped back', () => {
    const { clock, next } = setUp();
    next();
    clock.pass(5000, -3_600_000);
    expect(next().seconds).toBeNaN();
    clock.pass(5000, 2000);
    expect(next().seconds).toBeNaN();
    clock.pass(5000);
    expect(next().seconds).toBe(5);
  });

  it('is not comparable when no time passed', () => {
    const { next } = setUp();
    next();
    expect(next().seconds).toBeNaN();
  });
});

describe('a counter', () => {
  it('gives its growth from the second sample on', () => {
    const counter = createCounter();
    expect(counter.increase(100, { index: 1, seconds: 5 })).toBeNaN();
    expect(counter.increase(160, { index: 2, seconds: 5 })).toBe(60);
    expect(counter.increase(160, { index: 3, seconds: 5 })).toBe(0);
  });

  it('gives nothing for the sample in which it was reset, and goes on from there', () => {
    const counter = createCounter();
    counter.increase(100, { index: 1, seconds: 5 });
    expect(counter.increase(7, { index: 2, seconds: 5 })).toBeNaN();
    expect(counter.increase(10, { index: 3, seconds: 5 })).toBe(3);
  });

  it('takes a small step back within its tolerance for no growth', () => {
    const counter = createCounter();
    counter.increase(100, { index: 1, seconds: 5 });
    expect(counter.increase(98, { index: 2, seconds: 5 }, 3)).toBe(0);
    expect(counter.increase(90, { index: 3, seconds: 5 }, 3)).toBeNaN();
  });

  it('gives nothing after a sample that lacked it', () => {
    const counter = createCounter();
    counter.increase(100, { index: 1, seconds: 5 });
    expect(counter.increase(200, { index: 3, seconds: 5 })).toBeNaN();
  });

  it('gives nothing when the interval is not comparable, and counts anew from there', () => {
    const counter = createCounter();
    counter.increase(100, { index: 1, seconds: 5 });
    expect(counter.increase(1e9, { index: 2, seconds: Number.NaN })).toBeNaN();
    expect(counter.increase(1e9 + 5, { index: 3, seconds: 5 })).toBe(5);
  });
});

describe('a share', () => {
  it('stays within 0 and 1 and is not known of nothing', () => {
    expect(share(1, 4)).toBe(0.25);
    expect(share(5, 4)).toBe(1);
    expect(share(-1, 4)).toBe(0);
    expect(share(0, 0)).toBeNaN();
    expect(share(Number.NaN, 4)).toBeNaN();
    expect(share(1, Number.NaN)).toBeNaN();
  });
});
