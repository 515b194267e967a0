import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleOptions } from '../../scripts/bundle-options.ts';
import { toolPath } from './tools.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

/** What mcpbench reports of a server, as far as the bars need it. */
export interface Measurement {
  readonly cold: {
    readonly cpu_ms: { readonly p50: number } | null;
    readonly rss_mib: { readonly p50: number };
  } | null;
  readonly calls?: readonly {
    readonly concurrency: number;
    readonly calls_per_s: number;
    readonly server_cpu_us_per_call: number;
  }[];
  readonly loaded?: { readonly rss_mib: number };
}

/** A server to be measured, and the tool whose calls count. */
export interface Subject {
  readonly tool: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The command that serves stdio. */
  readonly stdio: readonly string[];
}

export interface HttpSubject extends Disposable {
  readonly url: string;
  readonly pid: number;
  readonly header: string | null;
}

/** The servers, in a folder that ends with them. */
export interface Servers extends Disposable {
  readonly ours: Subject;
  readonly minimal: Subject;
  readonly everything: Subject;
  startHttp(which: 'ours' | 'minimal'): Promise<HttpSubject>;
}

/** Bundles the minimal server as the program is bundled; the program itself must have been built. */
export async function prepareServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'openmanager-bench-'));
  const peers = { 'echo-stdio': 'bench/peers/echo-stdio.ts', 'echo-http': 'bench/peers/echo-http.ts' };
  await build({
    ...bundleOptions,
    absWorkingDir: root,
    entryPoints: peers,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
  });
  const program = copyProgram(folder);
  const dataDir = (name: string) => join(folder, name);
  const node = process.execPath;
  const everything = fileURLToPath(import.meta.resolve('@modelcontextprotocol/server-everything/dist/index.js'));
  return {
    ours: {
      tool: 'list_hosts',
      args: {},
      stdio: [node, program, 'stdio', '--data-dir', dataDir('stdio'), '--log-level', 'error'],
    },
    minimal: { tool: 'echo', args: { text: 'hello' }, stdio: [node, join(folder, 'echo-stdio.mjs')] },
    everything: { tool: 'echo', args: { message: 'hello' }, stdio: [node, everything, 'stdio'] },
    startHttp: (which) =>
      which === 'minimal'
        ? listening([join(folder, 'echo-http.mjs')], () => null)
        : listening([program, 'serve', '--port', '0', '--data-dir', dataDir('http'), '--log-level', 'error'], () => {
            return `Authorization: Bearer ${readFileSync(join(dataDir('http'), 'token'), 'utf8').trim()}`;
          }),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The built program, where a build that runs meanwhile does not replace it. */
function copyProgram(folder: string): string {
  for (const name of ['dist', 'package.json']) cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist/main.js');
}

async function listening(args: readonly string[], header: () => string | null): Promise<HttpSubject> {
  const child: ChildProcess = spawn(process.execPath, [...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    child.once('exit', () => reject(new Error(`${args[0]} ended before it listened`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const found = /http:\/\/127\.0\.0\.1:\d+\/mcp/.exec(text);
      if (found) resolve(found[0]);
    });
  });
  return { url, pid: child.pid ?? 0, header: header(), [Symbol.dispose]: () => void child.kill('SIGTERM') };
}

/** Runs mcpbench, the one tool that measures every server the same way, with `args`. */
export async function measure(args: readonly string[]): Promise<Measurement> {
  const { stdout } = await run(process.execPath, [toolPath('mcpbench.mjs'), ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout) as Measurement;
}
