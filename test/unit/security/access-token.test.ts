import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { openAccessToken } from '../../../src/security/access-token.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';

// Starting processes takes its time on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

let dataDir = '';

beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  dataDir = join(dir.path, 'data');
});

const onUnix = test.skipIf(process.platform === 'win32');

describe('the token of a data folder', () => {
  test('is created with 256 random bits, and is the same at every start', () => {
    const token = openAccessToken(dataDir).value.reveal();
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    expect(openAccessToken(dataDir).value.reveal()).toBe(token);
    expect(openAccessToken(join(dataDir, 'other')).value.reveal()).not.toBe(token);
  });

  onUnix('is read by its owner alone, whatever the umask', () => {
    const umask = process.umask(0);
    onTestFinished(() => {
      process.umask(umask);
    });
    const { path } = openAccessToken(dataDir);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  });

  test('is created once by several processes that start at the same moment', async () => {
    const program = fileURLToPath(new URL('./processes/open-token.ts', import.meta.url));
    const processes = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, [program, dataDir], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => {
        child.kill('SIGKILL');
      });
      return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    });
    for (const { lines } of processes) expect((await lines.next()).value).toBe('ready');
    for (const { child } of processes) child.stdin.write('go\n');
    const tokens = await Promise.all(processes.map(async ({ lines }) => (await lines.next()).value as string));
    expect(tokens).toEqual(tokens.map(() => readFileSync(join(dataDir, 'token'), 'utf8').trim()));
    expect(readdirSync(dataDir)).toEqual(['token']);
  });

  test('may be one that the owner chose, of 32 characters or more', () => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'token'), `${'a'.repeat(32)}\r\n`);
    expect(openAccessToken(dataDir).value.reveal()).toBe('a'.repeat(32));
  });

  test.each(['', '\n', 'a'.repeat(31), ` ${'a'.repeat(31)} `])('is refused when it is as short as "%s"', (text) => {
    mkdirSync(dataDir);
    writeFileSync(join(dataDir, 'token'), text);
    expect(() => openAccessToken(dataDir)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(() => openAccessToken(dataDir)).toThrow(/shorter than 32 characters; delete the file/);
    expect(readFileSync(join(dataDir, 'token'), 'utf8')).toBe(text);
  });

  test('that cannot be read or created is an error that names the file', () => {
    mkdirSync(join(dataDir, 'token'), { recursive: true });
    expect(() => openAccessToken(dataDir)).toThrow(/token cannot be read \(EISDIR\)/);
    const file = join(dataDir, 'file');
    writeFileSync(file, '');
    expect(() => openAccessToken(join(file, 'data'))).toThrow(expect.objectContaining({ code: 'storage_read_only' }));
  });
});

describe('a presented token', () => {
  test('stands for an admin over HTTP when it is the right one', () => {
    const { value, authenticate } = openAccessToken(dataDir);
    expect(authenticate(value.reveal(), '192.0.2.1')).toEqual({
      subject: 'token',
      roles: ['admin'],
      scopes: [],
      transport: 'http',
      ip: '192.0.2.1',
      twoFactor: false,
    });
  });

  test('stands for nobody when it is any other text', () => {
    const { value, authenticate } = openAccessToken(dataDir);
    const token = value.reveal();
    const others = ['', ' ', token.slice(1), token.slice(0, -1), `${token} `, ` ${token}`, `${token}=`, '<redacted>'];
    const flipped = token.toUpperCase() === token ? token.toLowerCase() : token.toUpperCase();
    for (const other of [...others, flipped, 'x'.repeat(100_000)]) expect(authenticate(other, '::1')).toBeNull();
  });

  test('is not in what is printed of the object', () => {
    const opened = openAccessToken(dataDir);
    const token = opened.value.reveal();
    const printed = [inspect(opened, { depth: 9, showHidden: true }), JSON.stringify(opened), String(opened.value)];
    printed.push(inspect(opened.authenticate(token, '::1')));
    expect(printed.join('\n')).toContain('<redacted>');
    expect(printed.join('\n')).not.toContain(token);
  });
});
