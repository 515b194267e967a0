import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../../src/config/argv.ts';

describe('a command line', () => {
  test('is words, flags of settings and flags of the program', () => {
    expect(
      parseCommandLine(['token', '--port', '8080', 'show', '--read-only', '--data-dir=/srv/om', '--config', 'a.json']),
    ).toEqual({
      words: ['token', 'show'],
      flags: { port: '8080', readOnly: true, dataDir: '/srv/om' },
      options: {},
      configFile: 'a.json',
      help: false,
      version: false,
    });
  });

  test('has short forms of help and version', () => {
    expect(parseCommandLine(['-h']).help).toBe(true);
    expect(parseCommandLine(['-v']).version).toBe(true);
  });

  test('the last of a repeated flag counts', () => {
    expect(parseCommandLine(['--port', '1', '--port=2']).flags).toEqual({ port: '2' });
  });

  test.each([
    [['--prot', '1'], '--port'],
    [['--readonly'], '--read-only'],
    [['--no-read-only'], '--read-only'],
    [['--dataDir=x'], '--data-dir'],
    [['--slack-webhook-url=x'], '--'],
    [['-x'], '--'],
    [['--__proto__=1'], '--'],
    [['--constructor'], '--'],
  ])('%j is refused with the nearest flag and where the valid ones are', (argv, near) => {
    const parse = () => parseCommandLine(argv);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(parse).toThrow(/^Unknown flag -/);
    expect(parse).toThrow(`Did you mean ${near}`);
    expect(parse).toThrow(/Valid: the settings that "openmanager --help" lists\.$/);
  });

  test.each([
    [['--port'], '--port needs a value'],
    [['--config'], '--config needs a value'],
    [['--data-dir', '--read-only'], '--data-dir needs a value'],
    [['--port', '--help'], '--port needs a value'],
    [['--read-only=false'], '--read-only takes no value'],
    [['--help=1'], '--help takes no value'],
  ])('%j is refused: %s', (argv, message) => {
    const parse = () => parseCommandLine(argv);
    expect(parse).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(parse).toThrow(message);
  });

  test('what holds a password is no flag, as arguments can be read by others', () => {
    const parse = () => parseCommandLine(['serve', '--database-url=postgres://om:hunter2@db/om']);
    expect(parse).toThrow(
      /^--database-url is not a flag, .*Set OPENMANAGER_DATABASE_URL, or "databaseUrl" in openmanager\.config\.json\.$/,
    );
    expect(parse).not.toThrow(/hunter2/);
  });

  test('a value may start with a dash when it is joined to its flag', () => {
    expect(parseCommandLine(['--data-dir=--odd']).flags).toEqual({ dataDir: '--odd' });
  });
});

describe("a command's own flags", () => {
  const optionsOf = (command: string | undefined) =>
    command === 'import' ? { host: { value: 'NAME' }, label: { value: 'k=v' }, quick: {} } : {};
  const parse = (...argv: string[]) => parseCommandLine(argv, optionsOf);

  test('stand beside the settings, and hide those of the same name', () => {
    expect(parse('import', 'csv', '--host', 'web-1', '--quick', '--port=1', '-')).toMatchObject({
      words: ['import', 'csv', '-'],
      options: { host: 'web-1', quick: true },
      flags: { port: '1' },
    });
    expect(parse('serve', '--host', '0.0.0.0')).toMatchObject({ options: {}, flags: { host: '0.0.0.0' } });
  });

  test('belong to it wherever they stand', () => {
    expect(parse('--data-dir', 'here', 'import', '--host=web-1', 'csv')).toMatchObject({
      words: ['import', 'csv'],
      options: { host: 'web-1' },
      flags: { dataDir: 'here' },
    });
  });

  test('are unknown to other commands, and named where one is mistyped', () => {
    expect(() => parse('serve', '--label', 'a=b')).toThrow(/^Unknown flag --label/);
    expect(() => parse('import', '--lable', 'a=b')).toThrow(
      /^Unknown flag --lable\. Did you mean --label\? Valid: --host, --label, --quick and the settings that "openmanager --help" lists\.$/,
    );
    expect(() => parse('import', '--label')).toThrow('--label needs a value');
    expect(() => parse('import', '--quick=1')).toThrow('--quick takes no value');
    expect(() => parse('import', '--__proto__=1')).toThrow('Unknown flag --__proto__');
  });
});
