import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished } from 'vitest';
import { silentLogger } from '../../../src/core/log.ts';
import type { Reading } from '../../../src/metrics/reading.ts';
import type { Database } from '../../../src/storage/database.ts';
import { openSqlite } from '../../../src/storage/sqlite/open-sqlite.ts';

/** A directory that is gone after the test. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'openmanager-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A database that is closed after the test. */
export async function openTemporary(dataDir = temporaryDir(), log = silentLogger): Promise<Database> {
  const database = await openSqlite({ dataDir, log });
  onTestFinished(() => database[Symbol.asyncDispose]());
  return database;
}

/** Several series `m0`, `m1`, ... of one host at one time. */
export function readingOf(host: string, timestampMs: number, values: readonly number[]): Reading {
  return { host, timestampMs, descriptors: descriptorsFor(values.length), values: Float64Array.from(values) };
}

const descriptorSets = new Map<number, Reading['descriptors']>();

function descriptorsFor(count: number): Reading['descriptors'] {
  const known = descriptorSets.get(count);
  if (known) return known;
  const made = Array.from({ length: count }, (_, i) => ({ metric: `m${i}`, labels: {}, unit: '1' }));
  descriptorSets.set(count, made);
  return made;
}

export interface Program {
  readonly process: ChildProcess;
  /** Resolves with the next line the program prints. */
  nextLine(): Promise<string>;
  /** Resolves with the lines not yet taken, once the program has ended. */
  rest(): Promise<string[]>;
}

const programs = {
  append: new URL('./processes/append.ts', import.meta.url),
  detect: new URL('./processes/detect.ts', import.meta.url),
  open: new URL('./processes/open.ts', import.meta.url),
  'open-only': new URL('./processes/open-only.ts', import.meta.url),
  own: new URL('./processes/own.ts', import.meta.url),
  stage: new URL('./processes/stage.ts', import.meta.url),
};

export function programPath(name: keyof typeof programs): string {
  return fileURLToPath(programs[name]);
}

/** Runs a file of `processes/` as a process of its own, which is killed after the test. */
export function startProgram(name: keyof typeof programs, args: readonly string[]): Program {
  return startNode(name, [programPath(name), ...args]);
}

/**
 * The same as a user without rights, where this one is root. Such a user may not be able to read this checkout, so what
 * the program needs is bundled into a folder that everybody can read.
 */
export async function startUnprivileged(name: keyof typeof programs, args: readonly string[]): Promise<Program> {
  if (process.getuid?.() !== 0) return startProgram(name, args);
  const folder = temporaryDir();
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const worker = fileURLToPath(new URL('../../../src/storage/sqlite/worker.ts', import.meta.url));
  await build({
    entryPoints: { [name]: programPath(name), 'sqlite-worker': worker },
    outdir: join(folder, 'dist'),
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
  });
  const becomeNobody = 'process.setgroups([]);process.setgid(65534);process.setuid(65534)';
  const program = join(folder, 'dist', `${name}.js`);
  return startNode(name, ['--import', `data:text/javascript,${becomeNobody}`, program, ...args]);
}

function startNode(name: string, args: readonly string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    async nextLine() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended`);
      return value;
    },
    async rest() {
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) rest.push(next.value);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return rest;
    },
  };
}
