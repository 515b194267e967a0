import { expect, test } from 'vitest';
import { checkOrigin } from '../../../src/server/origin.ts';

const rules = { allowedHosts: ['ops.example.com', 'Mixed.Example', '[2001:db8::1]'] };
const badHost = 'Forbidden: this Host is not served; name it with --allowed-hosts.';
const badOrigin = 'Forbidden: this Origin may not call; name it with --allowed-hosts.';

test.each([
  'localhost',
  'localhost:7070',
  'LocalHost:7070',
  '127.0.0.1',
  '127.0.0.1:7070',
  '[::1]',
  '[::1]:7070',
  '[0:0:0:0:0:0:0:1]:7070',
  'ops.example.com',
  'OPS.example.com:443',
  'mixed.example',
  '[2001:db8::1]:80',
])('Host %s is served', (host) => {
  expect(checkOrigin({ host }, rules)).toBeNull();
});

test.each([
  undefined,
  '',
  ' ',
  'evil.example',
  'localhost.evil.example',
  'evil-localhost',
  'localhost.',
  'localhost@evil.example',
  'localhost:7070@evil.example',
  'evil@localhost',
  'evil:password@localhost',
  ':password@localhost',
  'localhost:99999',
  'localhost:port',
  'evil.example#localhost',
  'evil.example/localhost',
  'evil.example\\localhost',
  '127.0.0.2',
  '0.0.0.0:7070',
  '[::]:7070',
  '[::ffff:127.0.0.1]:7070',
  '::1',
  '[::1',
  'xn--lcalhost-8ib',
  'example.com',
  'sub.ops.example.com',
  'ops.example.com.evil.example',
])('Host %s is refused', (host) => {
  expect(checkOrigin(host === undefined ? {} : { host }, rules)).toBe(badHost);
});

test.each([
  'http://localhost:3000',
  'https://localhost',
  'HTTP://LOCALHOST',
  'http://127.0.0.1:6274',
  'http://[::1]:6274',
  'https://ops.example.com',
])('Origin %s may call', (origin) => {
  expect(checkOrigin({ host: 'localhost:7070', origin }, rules)).toBeNull();
});

test.each([
  '',
  'null',
  'evil.example',
  'https://evil.example',
  'https://localhost.evil.example',
  'https://localhost@evil.example',
  'https://evil@localhost',
  'https://:password@localhost',
  'http://localhost, https://evil.example',
  'file://localhost/etc/passwd',
  'file://',
  'ftp://localhost',
  'chrome-extension://localhost',
  'ws://localhost',
  'javascript:alert(1)//localhost',
  'http://',
])('Origin %s may not call', (origin) => {
  expect(checkOrigin({ host: 'localhost:7070', origin }, rules)).toBe(badOrigin);
});

test('a program, which sends no Origin, may call', () => {
  expect(checkOrigin({ host: 'localhost' }, { allowedHosts: [] })).toBeNull();
});

test('an allowed Origin does not make up for a Host that is not served', () => {
  expect(checkOrigin({ host: 'evil.example', origin: 'http://localhost' }, rules)).toBe(badHost);
});
