import { expect, test } from 'vitest';
import { OpenManagerError, toOpenManagerError } from '../../../src/core/errors.ts';

test('an error of ours passes as it is', () => {
  const error = new OpenManagerError('not_found', 'There is no host "x".');
  expect(toOpenManagerError(error)).toBe(error);
});

test.each([new Error('ECONNREFUSED /var/lib/secret'), 'text', null, undefined, 7, { message: 'raw' }])(
  'what is not ours (%s) becomes internal, its text kept in the cause alone',
  (thrown) => {
    const error = toOpenManagerError(thrown);
    expect(error).toMatchObject({ code: 'internal', cause: thrown });
    expect(error.message).toBe('Something failed inside OpenManager; its log on stderr has the details.');
  },
);

test('an aborted wait is a cancellation', () => {
  expect(toOpenManagerError(AbortSignal.abort().reason)).toMatchObject({ code: 'cancelled' });
});
