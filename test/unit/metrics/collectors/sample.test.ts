import { describe, expect, it } from 'vitest';
import { createInstances } from '../../../../src/metrics/collectors/instances.ts';
import { createComposer, describeSeries } from '../../../../src/metrics/collectors/sample.ts';

const interval = { index: 1, seconds: 5 };
const [a, b, c] = ['a', 'b', 'c'].map((name) => describeSeries(name, '1'));

function compose(composer: ReturnType<typeof createComposer>, ...descriptors: (typeof a)[]) {
  return composer(interval, (sample) => {
    for (const [i, descriptor] of descriptors.entries()) if (descriptor) sample.add(descriptor, i);
  });
}

describe('the descriptors of a reading', () => {
  it('keep their identity while the series stay the same', () => {
    const composer = createComposer();
    const first = compose(composer, a, b);
    expect(compose(composer, a, b).descriptors).toBe(first.descriptors);
    expect(compose(composer, a, b).values).not.toBe(first.values);
  });

  it('are others when a series comes, goes or changes its place', () => {
    const composer = createComposer();
    expect(compose(composer, a, b).descriptors).toEqual([a, b]);
    expect(compose(composer, a, b, c).descriptors).toEqual([a, b, c]);
    expect(compose(composer, a, c).descriptors).toEqual([a, c]);
    expect(compose(composer, a).descriptors).toEqual([a]);
    expect(compose(composer).descriptors).toEqual([]);
  });

  it('hold each series once, with its first value and a stable identity', () => {
    const composer = createComposer();
    const first = compose(composer, a, b, a);
    expect(first.descriptors).toEqual([a, b]);
    expect([...first.values]).toEqual([0, 1]);
    expect(compose(composer, a, b, a).descriptors).toBe(first.descriptors);
  });

  it('may be many', () => {
    const many = Array.from({ length: 5000 }, (_, i) => describeSeries(`m${i}`, '1'));
    const reading = compose(createComposer(), ...many);
    expect(reading.values).toHaveLength(5000);
    expect(reading.values[4999]).toBe(4999);
  });
});

it.each([
  ['1', 2 / 3, 0.66667],
  ['By/s', 1234.56, 1235],
  ['{switch}/s', 1234.5678, 1234.57],
  ['s', 2 / 3, 0.666667],
  ['By', 0.5, 0.5],
])('a value in %s has the digits that its measurement has', (unit, value, expected) => {
  const composer = createComposer();
  const { values } = composer(interval, (sample) => sample.add(describeSeries('m', unit), value));
  expect([...values]).toEqual([expected]);
  const missing = composer(interval, (sample) => sample.add(describeSeries('m', unit), Number.NaN));
  expect([...missing.values]).toEqual([Number.NaN]);
});

describe('the instances of a host', () => {
  it('keep their state while they are named in every sample, and start anew after a pause', () => {
    const instances = createInstances(4, (name) => ({ name }));
    instances.begin();
    const first = instances.get('sda');
    instances.begin();
    expect(instances.get('sda')).toBe(first);
    instances.begin();
    instances.begin();
    expect(instances.get('sda')).not.toBe(first);
  });

  it('stop at the limit and say how many are left out', () => {
    const instances = createInstances(2, (name) => ({ name }));
    instances.begin();
    expect(['a', 'b', 'c', 'd'].map((name) => instances.get(name)?.name)).toEqual(['a', 'b', undefined, undefined]);
    expect(instances.omitted()).toBe(2);
    instances.begin();
    expect(instances.omitted()).toBe(0);
  });

  it('show a hostile name without control characters and at most 128 long, and never two under one name', () => {
    const instances = createInstances(4, (name) => name);
    instances.begin();
    const shown = instances.get(`evil\u001b[2J\u202e${'x'.repeat(300)}`);
    expect(shown).toHaveLength(128);
    expect(shown).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(instances.get(`evil\u001b[2J\u202e${'x'.repeat(301)}`)).toBeNull();
  });
});
