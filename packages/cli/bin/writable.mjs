import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What keeps this user from writing to a folder, or from making it where it is not there: a command that ran as another user (sudo), or a place that
 * can only be read. Undefined where nothing does.
 * @param {string} folder
 * @returns {{ expected: string, found: string, remedy: string } | undefined}
 */
export function notWritable(folder) {
  const there = nearest(folder);
  try {
    accessSync(there.path, constants.R_OK | constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const [owner, own] = [there.uid, process.getuid?.()];
    const others = error.code === 'EACCES' && owner !== own;
    return {
      expected: `that this user, ${named(own)}, may write to ${there.path}`,
      found: others ? `that it belongs to ${named(owner)}: a command ran as that user, with sudo perhaps` : error.message,
      remedy: others
        ? `run this as that user as well, or make the clone yours: sudo chown -R "$(id -u):$(id -g)" "${dirname(folder)}"`
        : 'use a clone that this user may write to',
    };
  }
}

/** The folder, or the first one above it that is there and is told of. */
function nearest(path) {
  try {
    return { path, uid: lstatSync(path).uid };
  } catch {
    return nearest(dirname(path));
  }
}

const named = (uid) => (uid === 0 ? 'root' : `user ${uid}`);
