// Somebody's code in a replica: starts processes and threads without end, and keeps them for a while. It stops by itself at some hundred.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';

/** Of Node's own pool, whose threads are cheap: so many, or nearly as many as there may be. */
const POOL = 400;
const LEFT = 8;
/** Then others, one after the other, each of which says why when it cannot be had. */
const MORE = 16;
const KEEP_MS = 3_000;

if (!process.execArgv.some((word) => word.startsWith('--v8-pool-size')))
  process.execve(process.execPath, [process.execPath, `--v8-pool-size=${poolSize()}`, ...process.execArgv], {});

const processes = spawnSync(process.execPath, ['--version']).error?.code ?? 'STARTED';
const threads = await fill(MORE);
const findings = { processes, threads, count: readdirSync('/proc/self/task').length };
setTimeout(() => {
  console.log(`findings=${JSON.stringify(findings)}`);
  process.exit(0);
}, KEEP_MS);

/** `STARTED`, or the error of the first that could not be. */
async function fill(left) {
  if (left === 0) return 'STARTED';
  const refused = await new Promise((resolve) => {
    new Worker('setInterval(() => {}, 1000)', { eval: true })
      .once('online', () => resolve(undefined))
      .once('error', ({ message }) => resolve(message));
  }).catch(({ message }) => message);
  return refused ?? fill(left - 1);
}

function poolSize() {
  const limit = ['/sys/fs/cgroup/pids.max', '/sys/fs/cgroup/pids/pids.max'].map(numberIn).find(Number.isInteger) ?? Infinity;
  return Math.min(POOL, limit - LEFT);
}

/** `max` is no number. */
function numberIn(path) {
  try {
    return Number(readFileSync(path, 'utf8').trim() || Number.NaN);
  } catch {
    return Number.NaN;
  }
}
