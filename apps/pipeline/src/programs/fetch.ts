import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exit } from 'node:process';
import { differingPackages } from '@seaworthy/contracts/locked-packages';
import { withTarballs } from '@seaworthy/contracts/locked-tarballs';
import { readOptions } from './job.program.ts';
import { runNode } from './run.command.ts';
import type { Finished } from './run.command.ts';

const SOURCE = '/workspace';
const PACKAGES = '/deps';
const NPM = '/usr/lib/node_modules/npm/bin/npm-cli.js';
/** The Node that a clone brings for its host: jobs run on their image's, and this one would be a quarter of what they hold in memory. */
const HOSTS_NODE = /^(?:node_modules\/)?node-linux-/;

/** `npm ci` into the packages volume: what the lockfile pins by integrity and nothing else, and no script of any package is run. */
const options = readOptions();
const lock = withoutHostsNode(readFileSync(join(SOURCE, 'package-lock.json'), 'utf8'));
for (const manifest of options.manifests) {
  mkdirSync(dirname(join(PACKAGES, manifest)), { recursive: true });
  cpSync(join(SOURCE, manifest), join(PACKAGES, manifest));
}
writeFileSync(join(PACKAGES, 'package.json'), withoutHostsNode(readFileSync(join(SOURCE, 'package.json'), 'utf8')));
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
let { code, stderr } = await install(withAddresses(lock));
// a registry that keeps its tarballs elsewhere says where, when npm asks it about each package
if (code !== 0 && stderr.includes('E404')) ({ code, stderr } = await install(lock));
if (code !== 0) exit(1);
refuseOthers();

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

async function install(wanted: string): Promise<Finished> {
  writeFileSync(join(PACKAGES, 'package-lock.json'), wanted);
  const finished = await runNode(NPM, ['ci', ...flags], { cwd: PACKAGES });
  console.log(finished.stdout.slice(-4000), finished.stderr.slice(-4000));
  return finished;
}

/** npm's exit code says nothing of it: what a package.json wants from elsewhere, it installs instead of what is locked. */
function refuseOthers(): void {
  const differing = differingPackages(
    JSON.parse(lock),
    JSON.parse(readFileSync(join(PACKAGES, 'node_modules/.package-lock.json'), 'utf8')),
  );
  if (differing.length === 0) return;
  console.error(
    `expected npm ci to install the packages that package-lock.json pins, found ${differing.length} other or missing: ` +
      `${differing.slice(0, 10).join(', ')}; a package.json asks for something else (overrides, dependencies): npm install, and commit both`,
  );
  exit(1);
}

function withAddresses(manifest: string): string {
  try {
    return JSON.stringify(withTarballs(JSON.parse(manifest), () => options.npmRegistry));
  } catch {
    return manifest; // npm says what is wrong with it
  }
}

function withoutHostsNode(manifest: string): string {
  try {
    return JSON.stringify(JSON.parse(manifest, (name, value: unknown) => (HOSTS_NODE.test(name) ? undefined : value)));
  } catch {
    return manifest; // npm says what is wrong with it
  }
}
