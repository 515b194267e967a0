import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { unitText } from '../../../../src/cli/service/unit-text.ts';
import { temporaryDir } from '../../../support/temporary-dir.ts';

const line = (text: string, name: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? '';

/** The words of a command line as systemd reads them: quotes, escapes, specifiers, and variables but in the first. */
function wordsOf(command: string): string[] {
  const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"(?: |$)/gsu)].map(([, quoted = '']) => quoted);
  expect(words.map((word) => `"${word}"`).join(' ')).toBe(command);
  return words.map((word, i) => {
    const plain = word
      .replace(/\\(.)/gsu, '$1')
      .replace(/%(.)/gsu, (_, next: string) => (next === '%' ? '%' : '<specifier>'));
    return i === 0 ? plain : plain.replace(/\$\$/g, '\0').replace(/\$/g, '<variable>').replaceAll('\0', '$');
  });
}

const path = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `/${text.replace(/\p{Cc}/gu, '')}`);
const special = fc.stringMatching(/^[ %$"'\\*?[\]{};#=a]{1,12}$/).map((text) => `/${text}`);

const program = fc.oneof(path, special).map((text) => text.replace(/["'\\]/g, ''));

describe('a unit', () => {
  test('gives systemd each word of the command as it is', () => {
    fc.assert(
      fc.property(program, fc.array(fc.oneof(path, special), { maxLength: 4 }), (program, args) => {
        const text = unitText({
          command: [program, ...args],
          environmentFile: '/data/service.env',
          systemdVersion: 252,
        });
        expect(wordsOf(line(text, 'ExecStart'))).toEqual([program, ...args]);
      }),
    );
  });

  test('may lack its environment file, whose path is no pattern', () => {
    const text = unitText({ command: ['/node'], environmentFile: '/a b/100%/x[1]*?\\.env', systemdVersion: 252 });
    expect(line(text, 'EnvironmentFile')).toBe('-/a b/100%%/x\\[1]\\*\\?\\\\.env');
  });

  test('is refused for a path with a line end, which would begin a line of its own', () => {
    const refused = () =>
      unitText({ command: ['/node', '/a\nExecStartPre=/bin/evil'], environmentFile: '/e', systemdVersion: 252 });
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  });

  test.each(['/a"b', "/a'b", '/a\\b'])('is refused for the program %s, which systemd would not run', (path) => {
    const refused = () => unitText({ command: [path], environmentFile: '/e', systemdVersion: 252 });
    expect(refused).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
  });

  test('waits longer after each failure where systemd can', () => {
    const unit = (systemdVersion: number) => unitText({ command: ['/node'], environmentFile: '/e', systemdVersion });
    expect(unit(254)).toContain('\nRestartSteps=6\nRestartMaxDelaySec=300\n');
    expect(unit(253)).not.toContain('RestartSteps');
    for (const version of [239, 254]) expect(unit(version)).toContain('\nRestart=on-failure\n');
  });
});

const analyze = '/usr/bin/systemd-analyze';
describe('systemd itself', () => {
  beforeEach(({ skip }) =>
    skip(!existsSync(analyze) && process.env.CI_REQUIRE_SERVICES !== '1', `${analyze} is not installed`),
  );

  function verify(text: string) {
    using dir = temporaryDir();
    // It looks for the folder that a session has, and in it for nothing.
    const runtime = join(dir.path, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    const unit = join(dir.path, 'openmanager.service');
    writeFileSync(unit, text);
    const env = { PATH: process.env.PATH, HOME: dir.path, XDG_RUNTIME_DIR: runtime };
    const { status, stderr } = spawnSync(analyze, ['verify', '--user', '--man=no', unit], { encoding: 'utf8', env });
    return { status, stderr };
  }

  function installedVersion(): number {
    const { stdout } = spawnSync(analyze, ['--version'], { encoding: 'utf8' });
    return Number(/^systemd (\d+)/.exec(stdout)?.[1]);
  }

  test.each([['plain'], ['with space'], ['100%'], ['a$HOME'], ['*?[x]']])(
    'finds nothing wrong with a program in a folder named %s',
    (name) => {
      const dir = temporaryDir();
      onTestFinished(() => dir[Symbol.dispose]());
      const folder = join(dir.path, name);
      mkdirSync(folder);
      chmodSync(dir.path, 0o755);
      const program = join(folder, 'node');
      symlinkSync(process.execPath, program);
      const text = unitText({
        command: [program, join(folder, 'main.js'), 'serve', `--data-dir=${folder}/"'\\x`],
        environmentFile: join(folder, 'service.env'),
        systemdVersion: installedVersion(),
      });
      expect(verify(text)).toEqual({ status: 0, stderr: '' });
    },
  );

  test('tells of a program that is not there, so that the test above can fail', () => {
    const text = unitText({ command: ['/no where/node'], environmentFile: '/e', systemdVersion: installedVersion() });
    const { status, stderr } = verify(text);
    expect(status).not.toBe(0);
    expect(stderr).toContain('/no where/node');
  });
});
