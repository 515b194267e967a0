import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type ConfigSources, isFromEnvironment, loadConfig, namedConfigFile } from '../../../src/config/load.ts';
import { configKeys, environmentName, flagKeys, flagName } from '../../../src/config/schema.ts';
import { temporaryDir } from '../../support/temporary-dir.ts';

let workingDir = '';
let home = '';

beforeEach(() => {
  const dir = temporaryDir();
  onTestFinished(() => dir[Symbol.dispose]());
  workingDir = join(dir.path, 'work');
  home = join(dir.path, 'home');
  mkdirSync(workingDir);
  mkdirSync(home);
});

function sources(change: Partial<ConfigSources> = {}): ConfigSources {
  const { environment, ...rest } = change;
  return {
    flags: {},
    configFile: undefined,
    workingDir,
    platform: 'linux',
    environment: { HOME: home, ...environment },
    ...rest,
  };
}

const load = (change?: Partial<ConfigSources>) => loadConfig(sources(change));

function writeFile(text: string, folder = workingDir): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'openmanager.config.json');
  writeFileSync(path, text);
  return path;
}

describe('without any setting', () => {
  test('every setting has its default', () => {
    expect(load()).toEqual({
      dataDir: join(home, '.local', 'share', 'openmanager'),
      host: '127.0.0.1',
      port: 7070,
      allowedHosts: [],
      toolsets: ['default'],
      readOnly: false,
      chartTheme: 'light',
      logLevel: 'info',
      collectIntervalSeconds: 5,
      slowIntervalSeconds: 60,
      retentionDays: 36_500,
      maxSessions: 200,
      sessionIdleSeconds: 1800,
      maxBodyBytes: 4_194_304,
    });
  });

  test.each<[NodeJS.Platform, Record<string, string>, string[]]>([
    ['linux', {}, ['HOME', '.local', 'share', 'openmanager']],
    ['linux', { XDG_DATA_HOME: '/xdg' }, ['/xdg', 'openmanager']],
    ['linux', { XDG_DATA_HOME: '' }, ['HOME', '.local', 'share', 'openmanager']],
    ['freebsd', {}, ['HOME', '.local', 'share', 'openmanager']],
    ['darwin', { XDG_DATA_HOME: '/xdg' }, ['HOME', 'Library', 'Application Support', 'openmanager']],
    ['win32', {}, ['HOME', 'AppData', 'Local', 'openmanager']],
    ['win32', { LOCALAPPDATA: '/local' }, ['/local', 'openmanager']],
  ])("on %s with %j data is in the platform's folder", (platform, environment, parts) => {
    const expected = join(...parts.map((part) => (part === 'HOME' ? home : part)));
    expect(load({ platform, environment }).dataDir).toBe(expected);
  });
});

describe('the same setting in several places', () => {
  test('a flag wins over the environment, that over the file, that over the default, each key by itself', () => {
    writeFile(JSON.stringify({ port: 1, maxSessions: 1, retentionDays: 1 }));
    const environment = { OPENMANAGER_PORT: '2', OPENMANAGER_MAX_SESSIONS: '2' };
    const config = load({ environment, flags: { port: '3' } });
    expect(config).toMatchObject({ port: 3, maxSessions: 2, retentionDays: 1, slowIntervalSeconds: 60 });
  });

  test.each(flagKeys)('%s can be set by a flag and by the environment', (key) => {
    const samples: Partial<Record<string, [string, unknown]>> = {
      dataDir: ['/srv/om', '/srv/om'],
      host: ['::1', '::1'],
      allowedHosts: ['a.example, b.example', ['a.example', 'b.example']],
      toolsets: ['observe,security', ['observe', 'security']],
      readOnly: ['true', true],
      chartTheme: ['dark', 'dark'],
      logLevel: ['debug', 'debug'],
    };
    const [text, value] = samples[key] ?? ['1500', 1500];
    expect(load({ environment: { [environmentName(key)]: text } })[key]).toEqual(value);
    expect(load({ flags: { [key]: text } })[key]).toEqual(value);
    expect(flagName(key)).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(environmentName(key)).toMatch(/^OPENMANAGER(_[A-Z]+)+$/);
  });

  test('a relative data folder starts from the working folder', () => {
    expect(load({ flags: { dataDir: 'data' } }).dataDir).toBe(join(workingDir, 'data'));
  });
});

describe('the configuration file', () => {
  test('is looked for in the working folder, then in the data folder', () => {
    const dataDir = join(home, 'data');
    writeFile('{"port": 1}', dataDir);
    expect(load({ flags: { dataDir } }).port).toBe(1);
    writeFile('{"port": 2}');
    expect(load({ flags: { dataDir } }).port).toBe(2);
  });

  test('can be named by a flag, else by the environment', () => {
    const one = writeFile('{"port": 1}', join(home, 'one'));
    const other = writeFile('{"port": 2}', join(home, 'other'));
    expect(load({ configFile: one, environment: { OPENMANAGER_CONFIG: other } }).port).toBe(1);
    expect(load({ environment: { OPENMANAGER_CONFIG: other } }).port).toBe(2);
  });

  test('holds numbers, flags and lists as JSON', () => {
    writeFile('{"port": 0, "readOnly": true, "toolsets": ["observe"], "allowedHosts": "a,b"}');
    expect(load()).toMatchObject({ port: 0, readOnly: true, toolsets: ['observe'], allowedHosts: ['a', 'b'] });
  });

  test('that was named must be there', () => {
    expect(() => load({ configFile: 'none.json' })).toThrow(/none\.json cannot be read \(ENOENT\)/);
  });

  test('that is a folder is an error even when it was not named', () => {
    mkdirSync(join(workingDir, 'openmanager.config.json'));
    expect(() => load()).toThrow(/openmanager\.config\.json cannot be read \(EISDIR\)/);
  });

  test.each([
    ['{"port": }', /openmanager\.config\.json is not valid JSON/],
    ['', /is not valid JSON/],
    ['[]', /must hold one JSON object/],
    ['null', /must hold one JSON object/],
    ['7', /must hold one JSON object/],
    ['{"prot": 1}', /Unknown key in .*openmanager\.config\.json: prot\. Did you mean port\? Valid: dataDir, /],
    ['{"__proto__": {"port": 1}}', /Unknown key in .*: __proto__\./],
    ['{"constructor": 1}', /Unknown key in .*: constructor\./],
    ['{"port": 70000}', /"port" in .*openmanager\.config\.json: .*70000|65535/],
    ['{"port": null}', /"port" in /],
    ['{"port": true}', /"port" in /],
    ['{"port": []}', /"port" in /],
    ['{"readOnly": "yes"}', /"readOnly" in .*openmanager\.config\.json: /],
    ['{"toolsets": ["everything"]}', /"toolsets" in .*observe, analyze/],
  ])('%s is refused, naming the file', (text, message) => {
    writeFile(text);
    expect(() => load()).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(() => load()).toThrow(message);
  });
});

describe('the URL of the database', () => {
  const url = 'postgresql://om:hunter2@db.example/om';

  test('comes from the environment or the file, and shows nowhere', () => {
    writeFile(JSON.stringify({ databaseUrl: url }));
    const fromFile = load();
    expect(fromFile.databaseUrl?.reveal()).toBe(url);
    expect(load({ environment: { OPENMANAGER_DATABASE_URL: 'postgres://localhost/x' } }).databaseUrl?.reveal()).toBe(
      'postgres://localhost/x',
    );
    expect(`${JSON.stringify(fromFile)} ${inspect(fromFile)}`).not.toContain('hunter2');
  });

  test.each(['mysql://om:hunter2@db.example/om', ' ', 'om:hunter2@db.example', 'postgres:hunter2'])(
    '"%s" is refused without being repeated',
    (bad) => {
      const fromEnvironment = () => load({ environment: { OPENMANAGER_DATABASE_URL: bad } });
      expect(fromEnvironment).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
      expect(fromEnvironment).toThrow(
        /^OPENMANAGER_DATABASE_URL: it must begin with postgres:\/\/ or postgresql:\/\/ \(.+\)\.$/,
      );
      expect(fromEnvironment).not.toThrow(/hunter2/);
    },
  );

  test('in a file that is no JSON is not repeated either', () => {
    writeFile('{"databaseUrl": hunter2}');
    expect(() => load()).toThrow(/is not valid JSON/);
    expect(() => load()).not.toThrow(/hunter2/);
  });
});

describe('bad values', () => {
  test.each([
    ['port', '70000'],
    ['port', 'http'],
    ['port', ' '],
    ['port', '1.5'],
    ['port', '-1'],
    ['collectIntervalSeconds', '0'],
    ['retentionDays', 'forever'],
    ['maxSessions', 'Infinity'],
    ['chartTheme', 'blue'],
    ['logLevel', 'verbose'],
    ['toolsets', 'observe,nothing'],
    ['readOnly', 'maybe'],
    ['maxBodyBytes', '5'],
  ] as const)('%s "%s" is refused, naming where it came from and what the setting is', (key, text) => {
    const byEnvironment = () => load({ environment: { [environmentName(key)]: text } });
    expect(byEnvironment).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(byEnvironment).toThrow(new RegExp(`^${environmentName(key)}: .+ \\(.+\\)\\.$`));
    expect(() => load({ flags: { [key]: text } })).toThrow(new RegExp(`^--${flagName(key)}: .+ \\(.+\\)\\.$`));
  });

  test.each([
    ['port', 'x', 'a whole number from 0 to 65535'],
    ['port', '1.5', 'a whole number from 0 to 65535'],
    ['maxSessions', 'Infinity', 'a whole number from 1 to 10000'],
    ['retentionDays', 'forever', 'a number from 0.01 to 36500'],
    ['collectIntervalSeconds', '0', 'a number from 1 to 3600'],
    ['dataDir', '', 'a text of 1 to 4096 characters'],
    ['readOnly', 'maybe', 'true or false'],
    ['chartTheme', 'blue', 'light or dark'],
    ['logLevel', 'verbose', 'one of those named here'],
    ['toolsets', 'all,nothing,none', 'some of those named here, with commas between'],
  ] as const)('%s "%s" is refused once, in plain words', (key, text, valid) => {
    const bad = () => load({ flags: { [key]: text } });
    expect(bad).toThrow(new RegExp(`^--${flagName(key)}: it must be ${valid} \\([^()]+\\)\\.$`));
  });

  test.each([
    ['{"port": null}', 'it must be a whole number from 0 to 65535'],
    ['{"dataDir": 7}', 'it must be a text of 1 to 4096 characters'],
    ['{"allowedHosts": 7}', 'it must be names of at most 255 characters'],
    ['{"toolsets": {}}', 'it must be some of those named here'],
    ['{"databaseUrl": 7}', 'it must begin with postgres://'],
  ])('%s in a file is refused in plain words', (content, message) => {
    writeFile(content);
    expect(() => load()).toThrow(`json: ${message}`);
  });

  test.each([
    ['host', 'a text of 1 to 255 characters'],
    ['allowedHosts', 'names of at most 255 characters, with commas between'],
    ['databaseUrl', 'have at most 4096 characters'],
  ] as const)('%s that is too long is refused in plain words', (key, valid) => {
    const tooLong = `postgres://${'h'.repeat(4096)}`;
    expect(() => load({ environment: { [environmentName(key)]: tooLong } })).toThrow(
      new RegExp(`^${environmentName(key)}: it must (be )?${valid} `),
    );
  });

  test.each(['port', 'dataDir'] as const)('%s is refused as an empty flag', (key) => {
    expect(() => load({ flags: { [key]: '' } })).toThrow(new RegExp(`^--${flagName(key)}: .+ \\(.+\\)\\.$`));
  });

  test('several are named at once', () => {
    const bad = () => load({ flags: { port: 'x', logLevel: 'y' }, environment: { OPENMANAGER_READ_ONLY: 'z' } });
    expect(bad).toThrow(/--port: .*OPENMANAGER_READ_ONLY: .*--log-level: /);
  });
});

describe('the environment', () => {
  test('an unknown variable of ours is refused with the nearest one', () => {
    const prot = () => load({ environment: { OPENMANAGER_PROT: '1' } });
    expect(prot).toThrow(expect.objectContaining({ code: 'invalid_configuration' }));
    expect(prot).toThrow(
      /^Unknown environment variable: OPENMANAGER_PROT\. Did you mean OPENMANAGER_PORT\? Valid: OPENMANAGER_DATA_DIR, /,
    );
  });

  test.each(['OPENMANAGER_JWT_SECRET', 'OPENMANAGER_SLACK_WEBHOOK_URL', 'OPENMANAGER_PROMETHEUS_ENDPOINT'])(
    '%s, which nothing uses yet, is not accepted silently',
    (name) => {
      expect(() => load({ environment: { [name]: 'x' } })).toThrow(`Unknown environment variable: ${name}.`);
    },
  );

  test('variables of others are left alone', () => {
    expect(load({ environment: { PORT: '1', SLACK_WEBHOOK_URL: 'x', openmanager_port: '2' } }).port).toBe(7070);
  });

  test('an unset variable is none', () => {
    expect(load({ environment: { OPENMANAGER_PORT: undefined } }).port).toBe(7070);
  });

  test('an empty variable is none, whichever it is', () => {
    writeFile('{"port": 1}');
    const empty = Object.fromEntries(
      [...configKeys.map(environmentName), 'OPENMANAGER_CONFIG'].map((name) => [name, '']),
    );
    expect(load({ environment: empty })).toEqual(load());
    expect(load({ environment: empty }).port).toBe(1);
    expect(namedConfigFile(sources({ environment: empty }))).toBe(join(workingDir, 'openmanager.config.json'));
    rmSync(join(workingDir, 'openmanager.config.json'));
    expect(load({ environment: empty })).toEqual(load());
    expect(namedConfigFile(sources({ environment: empty }))).toBeUndefined();
  });

  test('is told from where else a setting is', () => {
    const environment = { OPENMANAGER_DATABASE_URL: 'postgres://localhost/x', OPENMANAGER_PORT: '1' };
    expect(isFromEnvironment('databaseUrl', sources({ environment }))).toBe(true);
    expect(isFromEnvironment('port', sources({ environment, flags: { port: '2' } }))).toBe(false);
    expect(isFromEnvironment('databaseUrl', sources({ environment: { OPENMANAGER_DATABASE_URL: '' } }))).toBe(false);
    expect(isFromEnvironment('databaseUrl', sources())).toBe(false);
  });
});

describe('the configuration file that another process has to be told of', () => {
  test('is the one that was named, or lies in the working folder', () => {
    expect(namedConfigFile(sources())).toBeUndefined();
    const here = writeFile('{}');
    expect(namedConfigFile(sources())).toBe(here);
    expect(namedConfigFile(sources({ environment: { OPENMANAGER_CONFIG: 'a.json' } }))).toBe(
      join(workingDir, 'a.json'),
    );
    expect(namedConfigFile(sources({ configFile: '/b.json', environment: { OPENMANAGER_CONFIG: 'a.json' } }))).toBe(
      '/b.json',
    );
  });
});
