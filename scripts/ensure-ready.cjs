// Run by npm before `start` and `test`: installs the dependencies when they are not those of the lock file and, with
// --build, builds dist/ when it is missing or older than a source. Plain old JavaScript, because it runs on
// whatever Node npm itself runs on (8 or later); the one that the project is written for arrives with the dependencies.
'use strict';

const childProcess = require('child_process');
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
const buildStamp = path.join(root, 'dist', '.stamp');
// The bundles hold the dependencies too.
const sources = [
  'src',
  'tools',
  'resources',
  'prompts',
  'scripts/build.mjs',
  'package.json',
  'tsconfig.types.json',
  'node_modules/.package-lock.json',
];

if (!isInstalled()) install();
if (process.argv.indexOf('--build') !== -1 && newestSource() > modified(buildStamp)) build();

/** npm writes what it has installed to node_modules/.package-lock.json, at the end of every install. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.keys(wanted).every((name) => {
    const it = wanted[name];
    if (name === '' || it.optional || it.devOptional) return true;
    return Boolean(installed[name]) && installed[name].version === it.version;
  });
}

function packagesOf(lockFile) {
  const file = path.join(root, lockFile);
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')).packages : {};
}

function install() {
  process.stderr.write('openmanager: installing dependencies\n');
  const ci = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = process.env.npm_execpath;
  const done = npm && /\.[cm]?js$/.test(npm) ? run(process.execPath, [npm, ...ci]) : run('npm', ci);
  if (done.status !== 0) fail('the dependencies could not be installed: "npm ci" failed, its output is above');
}

function build() {
  // The package "node" holds the program in bin/, whatever the system.
  const node = path.join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!fs.existsSync(node)) fail('node_modules has no Node of its own: delete node_modules and try again');
  if (run(node, [path.join(__dirname, 'build.mjs')]).status !== 0) fail('the build failed, its output is above');
}

/** Output goes to stderr: the stdout of `npm start` may belong to a protocol. */
function run(command, args) {
  return childProcess.spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
}

function fail(message) {
  process.stderr.write(`openmanager: ${message}\n`);
  process.exit(1);
}

function newestSource() {
  return Math.max.apply(
    null,
    sources.map((source) => newest(path.join(root, source))),
  );
}

/** The latest change under a path; a folder's own time tells that something in it was added or removed. */
function newest(file) {
  const stat = statOf(file);
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return fs.readdirSync(file).reduce((latest, name) => Math.max(latest, newest(path.join(file, name))), stat.mtimeMs);
}

function modified(file) {
  const stat = statOf(file);
  return stat ? stat.mtimeMs : -1;
}

function statOf(file) {
  try {
    return fs.statSync(file);
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
