import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A lock that names the process that holds it. It outlives a killed holder as a file, not as a lock: a pid alone could belong to another
 * process by now, so the time at which the holder started is kept beside it.
 * @param {string} path
 * @param {string} purpose for the message of whoever finds it taken
 * @returns {{ release: () => void } | { holder: { pid: number, purpose: string } }}
 */
export function takeLock(path, purpose) {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const mine = { pid: process.pid, started: processStart(process.pid), purpose };
  for (;;) {
    if (writeOnce(path, mine)) return { release: () => releaseLock(path) };
    const holder = readHolder(path) ?? removeStale(path, purpose);
    if (holder) return { holder };
  }
}

/**
 * Who holds the lock, when that process still lives.
 * @param {string} path
 */
export function readHolder(path) {
  try {
    return livingHolder(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // no file
  }
}

function livingHolder(text) {
  try {
    const holder = JSON.parse(text);
    return isAlive(holder) ? holder : undefined;
  } catch {
    return undefined; // a full disk cut it short: nobody can hold it
  }
}

/**
 * One command at a time, under a lock of its own, and after another look: else who comes second removes the lock that the first has taken
 * meanwhile. While its turn lasts nobody else can replace a stale file: link(2) does not.
 * @returns who is at it already: the lock is theirs, as good as
 */
function removeStale(path, purpose) {
  const turn = takeLock(`${path}.stale`, purpose);
  if (!turn.release) return turn.holder;
  try {
    if (livingHolder(readFileSync(path, 'utf8')) === undefined) rmSync(path);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error; // released, and so free
  } finally {
    turn.release();
  }
  return undefined;
}

function releaseLock(path) {
  if (readHolder(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** link(2) is atomic and finds the complete file: nobody ever reads half a lock. */
function writeOnce(path, holder) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

function isAlive(holder) {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (error.code === 'ESRCH') return false;
  }
  return holder.started === processStart(holder.pid);
}

/** Field 22 of proc(5)'s stat: clock ticks since boot. Undefined where there is no /proc, and for who is dead and not yet reaped. */
export function processStart(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...others] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : others[18];
  } catch {
    return undefined;
  }
}
