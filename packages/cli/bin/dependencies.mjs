import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
// @boundaries-ignore before npm ci there are no packages to import from
import { differingPackages, isForThisMachine } from '../../contracts/src/locked-packages.mjs';
// @boundaries-ignore before npm ci there are no packages to import from
import { withTarballs } from '../../contracts/src/locked-tarballs.mjs';
import { npmRegistries } from './npm-network.mjs';
import { takeLock } from './process-lock.mjs';
import { runNpm } from './run-npm.mjs';

/** Where the hash of the lock that was installed is kept. */
const MARKER = 'node_modules/.seaworthy-lock';
/** Where they are installed, until all of them are there. */
const STAGE = '.seaworthy/install';
const MODULES = 'node_modules';
/** All that the lock pins, where it says, whatever a user's configuration leaves out or lays out otherwise in their own projects. */
const AS_LOCKED = [
  '--include=dev',
  '--include=optional',
  '--include=peer',
  '--no-legacy-peer-deps',
  '--install-strategy=hoisted',
  '--bin-links',
];

/**
 * Whether node_modules holds what package-lock.json names: installed by us, or by the user's own npm.
 * @param {string} root
 */
export function dependenciesAreInstalled(root) {
  if (!existsSync(join(root, MODULES, '.bin'))) return false;
  const wanted = hashOfLock(root);
  if (readText(join(root, MARKER)) === wanted) return true;
  if (!installedByNpm(root)) return false;
  writeMarker(root);
  return true;
}

/**
 * `npm ci` with the user's own npm, registries and network, beside what is there: that stays as it is until all of it is replaced. Two at the same
 * time: the second waits for the first.
 * @param {string} root
 * @param {Record<string, string | undefined>} env
 */
export async function installDependencies(root, env) {
  const lock = await waitForLock(join(root, '.seaworthy/install.lock'));
  try {
    if (dependenciesAreInstalled(root)) return;
    await stage(root, env);
    const { approved } = JSON.parse(readText(join(root, 'package.json'))).installScripts;
    if (approved.length > 0)
      await runNpm(
        ['rebuild', '--ignore-scripts=false', ...approved],
        `Running the approved install scripts of ${approved.join(', ')}`,
        root,
        env,
      );
    writeMarker(root);
  } finally {
    lock.release();
  }
}

async function stage(root, env) {
  const folder = join(root, STAGE);
  const lock = withoutWhatNpmMisjudges(readLock(root));
  const install = (wanted) => {
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(wanted));
    const words = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...AS_LOCKED];
    // taking back what it has written, as npm does then, takes longer than all of it: it is thrown away
    return runNpm(words, 'Installing dependencies (npm ci; nothing of them is executed)', folder, env, 'SIGKILL');
  };
  rmSync(folder, { recursive: true, force: true });
  try {
    copyManifests(root, folder, lock);
    try {
      await install(withTarballs(lock, npmRegistries(folder, env)));
    } catch (error) {
      // a registry that keeps its tarballs elsewhere says where, when npm asks it about each package
      if (!/E404/.test(error.message)) throw error;
      process.stderr.write('  The npm registry keeps packages elsewhere than most do: npm asks it where, which takes longer\n');
      await install(lock);
    }
    refuseOthers(lock, folder);
    linkPinnedNode(folder);
    for (const path of modulesIn(lock)) moveInto(join(root, path), join(folder, path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readLock(root) {
  try {
    return JSON.parse(readText(join(root, 'package-lock.json')));
  } catch (error) {
    throw new Error(
      `expected package-lock.json to be JSON\n  found    ${error.message}\n  do       git status: finish a merge, or take it back (git checkout -- package-lock.json), and start again`,
      { cause: error },
    );
  }
}

/**
 * npm leaves out, without a word, what is optional and wants another Node than npm runs on; up to 9.6.4 also whatever names a C library, which it
 * looks for in the wrong place. What is installed here runs on the Node that it brings itself.
 */
function withoutWhatNpmMisjudges(lock) {
  const packages = Object.entries(lock.packages).map(([path, { engines: _engines, ...entry }]) => {
    const { libc: _libc, ...others } = entry;
    return [path, isForThisMachine(entry) ? others : entry];
  });
  return { ...lock, packages: Object.fromEntries(packages) };
}

/** npm's exit code says nothing of it: what a package.json wants from elsewhere, it installs instead of what is locked. */
function refuseOthers(lock, folder) {
  const differing = differingPackages(lock, installedIn(folder) ?? { packages: {} });
  if (differing.length === 0) return;
  const more = differing.length > 10 ? `, and ${differing.length - 10} more` : '';
  throw new Error(
    `expected npm ci to install what package-lock.json pins\n  found    other or missing: ${differing.slice(0, 10).join(', ')}${more}\n  do       take package.json and package-lock.json from the same commit (git status), or npm install after an edit of package.json`,
  );
}

/** npm 9 links no command of a package that is optional and for one platform: all that is run here runs by this one. */
function linkPinnedNode(folder) {
  const name = `node-${process.platform}-${process.arch}`;
  const link = join(folder, MODULES, '.bin/node');
  if (existsSync(link) || !existsSync(join(folder, MODULES, name, 'bin/node'))) return;
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join('..', name, 'bin/node'), link);
}

/** All that npm reads of a clone: the manifests of its workspaces, its own configuration, and packages that lie in it. */
function copyManifests(root, folder, lock) {
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  // a link: a user's token stays where they have put it
  if (existsSync(join(root, '.npmrc'))) symlinkSync(join(root, '.npmrc'), join(folder, '.npmrc'));
  for (const { link, resolved = '' } of Object.values(lock.packages)) {
    const file = link ? join(resolved, 'package.json') : /^file:(.+)/.exec(resolved)?.[1];
    if (file === undefined) continue;
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(root, file), join(folder, file));
  }
}

/** Folders of modules that the lock fills: the clone's own, and those of workspaces that want other versions. */
function modulesIn({ packages }) {
  const folders = Object.keys(packages).flatMap((path) =>
    path.includes(MODULES) ? [path.slice(0, path.indexOf(MODULES) + MODULES.length)] : [],
  );
  return [...new Set([MODULES, ...folders])];
}

/** What is interrupted in the middle has moved, and not half removed, what was there. */
function moveInto(place, fresh) {
  if (!existsSync(fresh)) return;
  if (existsSync(place)) renameSync(place, `${fresh}.old`);
  renameSync(fresh, place);
}

async function waitForLock(path) {
  for (let told = false; ; told = true) {
    const lock = takeLock(path, 'npm ci');
    if (lock.release) return lock;
    if (!told) process.stderr.write(`• Dependencies are being installed by process ${lock.holder.pid}: waiting\n`);
    await wait(500);
  }
}

function installedByNpm(root) {
  const installed = installedIn(root);
  return installed !== undefined && differingPackages(readLock(root), installed).length === 0;
}

/** npm's own note of what it has installed. */
function installedIn(folder) {
  const note = readText(join(folder, 'node_modules/.package-lock.json'));
  return note === undefined ? undefined : JSON.parse(note);
}

function hashOfLock(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

function writeMarker(root) {
  try {
    writeFileSync(join(root, MARKER), hashOfLock(root));
  } catch {
    // only a shortcut: a read-only checkout compares the locks each time
  }
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
