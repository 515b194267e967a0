import { describe, expect, test } from 'vitest';
import { OpenManagerError } from '../../../src/core/errors.ts';
import { connectionSurvives, postgresError } from '../../../src/storage/postgres/postgres-error.ts';

const words = 'what the driver said of hunter2';
const fromServer = (code: string) => Object.assign(new Error(words), { code, severity: 'ERROR' });
const fromNode = (code: string) => Object.assign(new Error(words), { code });

describe('an error of PostgreSQL', () => {
  test.each([
    ['53100', 'storage_full', /disk of the PostgreSQL server/],
    ['53300', 'unavailable', /too many connections/],
    ['53200', 'unavailable', /out of memory/],
    ['25006', 'storage_read_only', /standby/],
    ['42501', 'storage_read_only', /lacks a right.*CREATE on the schema/],
    ['3F000', 'storage_read_only', /no schema/],
    ['28P01', 'unavailable', /password in the database URL/],
    ['28000', 'unavailable', /pg_hba\.conf/],
    ['3D000', 'unavailable', /database that the database URL names/],
    ['57014', 'timeout', /too long/],
    ['25P03', 'timeout', /too long/],
    ['57P01', 'unavailable', /cannot be reached/],
    ['57P02', 'unavailable', /cannot be reached/],
    ['57P03', 'unavailable', /cannot be reached/],
    ['08006', 'unavailable', /cannot be reached/],
    ['55P03', 'unavailable', /busy/],
    ['40001', 'conflict', /Try again/],
    ['40P01', 'conflict', /Try again/],
    ['23505', 'conflict', /contradicts/],
    ['22021', 'invalid_argument', /NUL/],
    ['XX001', 'storage_corrupt', /damaged/],
    ['58030', 'unavailable', /its disk/],
    ['42601', 'internal', /log on stderr/],
  ])('%s is %s', (state, code, message) => {
    const error = postgresError(fromServer(state));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), cause: { message: words } });
    expect(error.message).not.toContain('hunter2');
  });

  test('ends the connection when the server says so', () => {
    expect(['57P01', '57P05', '08006', '25P03'].map((state) => connectionSurvives(fromServer(state)))).toEqual(
      Array(4).fill(false),
    );
    expect(['23505', '57014', '55P03', '25006'].map((state) => connectionSurvives(fromServer(state)))).toEqual(
      Array(4).fill(true),
    );
  });
});

describe('an error on the way to PostgreSQL', () => {
  test.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOENT'])(
    '%s means that it cannot be reached',
    (code) => {
      expect(postgresError(fromNode(code))).toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/cannot be reached.*the database URL/),
      });
      expect(connectionSurvives(fromNode(code))).toBe(false);
    },
  );

  test.each([
    [new Error('Connection terminated unexpectedly'), 'unavailable', /cannot be reached/],
    [new Error('Query read timeout'), 'timeout', /does not answer/],
    [new Error('timeout exceeded when trying to connect'), 'unavailable', /All connections/],
    [new Error('The server does not support SSL connections'), 'unavailable', /sslmode/],
    [fromNode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'unavailable', /sslrootcert/],
    [fromNode('ERR_TLS_CERT_ALTNAME_INVALID'), 'unavailable', /certificate/],
    [new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'), 'unavailable', /password/],
    [new TypeError('x is not a function'), 'internal', /log on stderr/],
    ['a string', 'internal', /log on stderr/],
  ])('%s is told by what to check', (thrown, code, message) => {
    expect(postgresError(thrown)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  test('of our own stays as it is', () => {
    const error = new OpenManagerError('not_found', 'Nothing there.');
    expect(postgresError(error)).toBe(error);
  });
});
