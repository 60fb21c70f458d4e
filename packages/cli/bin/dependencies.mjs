import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { takeLock } from './process-lock.mjs';
import { runNpm } from './run-npm.mjs';

/** Where the hash of the lock that was installed is kept. */
const MARKER = 'node_modules/.seaworthy-lock';

/**
 * Whether node_modules holds what package-lock.json names: installed by us, or by the user's own npm.
 * @param {string} root
 */
export function dependenciesAreInstalled(root) {
  if (!existsSync(join(root, 'node_modules'))) return false;
  const wanted = hashOfLock(root);
  if (readText(join(root, MARKER)) === wanted) return true;
  if (!installedByNpm(root)) return false;
  writeMarker(root);
  return true;
}

/**
 * `npm ci` with the user's own npm and configuration. Two at the same time: the second waits for the first.
 * @param {string} root
 * @param {Record<string, string | undefined>} env
 */
export async function installDependencies(root, env) {
  const lock = await waitForLock(join(root, '.seaworthy/install.lock'));
  try {
    if (dependenciesAreInstalled(root)) return;
    await runNpm(
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
      'Installing dependencies (npm ci; nothing of them is executed)',
      root,
      env,
    );
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

async function waitForLock(path) {
  for (let told = false; ; told = true) {
    const lock = takeLock(path, 'npm ci');
    if (lock.release) return lock;
    if (!told) process.stderr.write(`• Dependencies are being installed by process ${lock.holder.pid}: waiting\n`);
    await wait(500);
  }
}

/** npm writes what it installed to a hidden lock; each entry of ours must be there in the same version. */
function installedByNpm(root) {
  const hidden = readText(join(root, 'node_modules/.package-lock.json'));
  if (!hidden) return false;
  const installed = JSON.parse(hidden).packages;
  return Object.entries(JSON.parse(readText(join(root, 'package-lock.json'))).packages).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    if (entry.link) return Boolean(found); // a workspace of this repository, maybe a new one
    return found ? found.version === entry.version && found.integrity === entry.integrity : Boolean(entry.optional || entry.peer);
  });
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
