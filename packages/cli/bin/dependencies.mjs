import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { explainNpm } from './npm-failure.mjs';
import { takeLock } from './process-lock.mjs';

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
    const { code, output } = await runNpm(root, env);
    if (code !== 0) throw new Error(explainNpm(code, output));
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

function runNpm(root, env) {
  const started = Date.now();
  const live = process.stderr.isTTY && !process.env.CI;
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  process.stderr.write(`• Installing dependencies (npm ci; nothing of them is executed)${live ? '' : '\n'}`);
  const ticking = live
    ? setInterval(() => process.stderr.write(`\r• Installing dependencies (npm ci; nothing of them is executed) ${seconds()}`), 1000)
    : undefined;
  return new Promise((settle, refuse) => {
    // npm_execpath: the very npm that started us, where there is one
    const npm = env.npm_execpath ? [process.execPath, env.npm_execpath] : ['npm'];
    const child = spawn(npm[0], [...npm.slice(1), 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + chunk).slice(-8000)));
    const interrupt = (signal) => child.kill(signal);
    process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
    child.on('error', refuse);
    child.on('close', (code, signal) => {
      clearInterval(ticking);
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
      process.stderr.write(
        `${live ? '\r' : ''}${code === 0 ? '✓' : '✗'} Installing dependencies (npm ci; nothing of them is executed) ${seconds()}\n`,
      );
      if (signal) process.exit(130);
      settle({ code, output });
    });
  });
}

/** npm writes what it installed to a hidden lock; each entry of ours must be there in the same version. */
function installedByNpm(root) {
  const hidden = readText(join(root, 'node_modules/.package-lock.json'));
  if (!hidden) return false;
  const installed = JSON.parse(hidden).packages;
  return Object.entries(JSON.parse(readText(join(root, 'package-lock.json'))).packages).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return true;
    const found = installed[path];
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
