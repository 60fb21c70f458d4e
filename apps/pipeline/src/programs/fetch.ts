import { cpSync, globSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exit } from 'node:process';
import { readOptions } from './job.program.ts';
import { runNode } from './run.command.ts';

const SOURCE = '/workspace';
const PACKAGES = '/deps';
const NPM = '/usr/lib/node_modules/npm/bin/npm-cli.js';
/** The Node that a clone brings for its host: jobs run on their image's, and this one would be a quarter of what they hold in memory. */
const HOSTS_NODE = /^(?:node_modules\/)?node-linux-/;

/** `npm ci` into the packages volume: what the lockfile pins by integrity, and no script of any package is run. */
const options = readOptions();
for (const manifest of ['package.json', 'package-lock.json'])
  writeFileSync(join(PACKAGES, manifest), withoutHostsNode(readFileSync(join(SOURCE, manifest), 'utf8')));
for (const manifest of globSync('{apps,packages}/*/package.json', { cwd: SOURCE })) {
  mkdirSync(dirname(join(PACKAGES, manifest)), { recursive: true });
  cpSync(join(SOURCE, manifest), join(PACKAGES, manifest));
}
const flags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--cache=/tmp/npm',
  `--registry=${options.npmRegistry}`,
  '--userconfig=/dev/null',
  '--fetch-retries=2',
  '--loglevel=warn',
];
const { code, stdout, stderr } = await runNode(NPM, ['ci', ...flags], { cwd: PACKAGES });
console.log(stdout.slice(-4000), stderr.slice(-4000));
if (code !== 0) exit(1);

// Links among workspaces lead to /deps/{apps,packages}; from there on to the source, which every later job has at /workspace.
for (const workspace of options.nested) {
  mkdirSync(dirname(join(PACKAGES, 'nested', workspace)), { recursive: true });
  mkdirSync(join(PACKAGES, 'nested', workspace));
  renameSync(join(PACKAGES, workspace, 'node_modules'), join(PACKAGES, 'nested', workspace, 'node_modules'));
}
for (const folder of ['apps', 'packages']) {
  rmSync(join(PACKAGES, folder), { recursive: true });
  symlinkSync(join(SOURCE, folder), join(PACKAGES, folder));
}

function withoutHostsNode(manifest: string): string {
  try {
    return JSON.stringify(JSON.parse(manifest, (name, value: unknown) => (HOSTS_NODE.test(name) ? undefined : value)));
  } catch {
    return manifest; // npm says what is wrong with it
  }
}
