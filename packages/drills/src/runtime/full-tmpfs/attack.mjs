// Somebody's code in a container: looks for every place that it may write to, and writes until it is full. It stops by itself at 128 MiB.
import { accessSync, closeSync, constants, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const PIECE = Buffer.alloc(1024 * 1024, 1);
const MOST_MB = 128;
/** The kernel's own, where files are no storage. */
const NO_STORAGE = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue']);

const places = mounts().filter(isWritable).map(fill);
console.log(`findings=${JSON.stringify(places)}`);

/** proc(5), /proc/pid/mountinfo: the mount point is the fifth field, the type the first after the dash. */
function mounts() {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ path: line.split(' ')[4], type: line.split(' - ')[1].split(' ')[0] }))
    .filter(({ type }) => !NO_STORAGE.has(type));
}

function isWritable({ path }) {
  try {
    accessSync(path, constants.W_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function fill({ path, type }) {
  const name = join(path, `full-${process.pid}`);
  const file = openSync(name, 'w');
  let mb = 0;
  try {
    for (; mb < MOST_MB; mb += 1) writeSync(file, PIECE);
    return { path, type, mb, result: 'WRITTEN' };
  } catch ({ code }) {
    return { path, type, mb, result: code };
  } finally {
    closeSync(file);
    rmSync(name);
  }
}
