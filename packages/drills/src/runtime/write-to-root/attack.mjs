// Somebody's code in a replica: goes through every directory of the root file system, tries to leave a program there, and runs it.
import { accessSync, constants, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = statSync('/').dev;
const findings = { tried: 0, errors: {} };

for (const directory of directories('/')) {
  const file = join(directory, `intruder-${process.pid}.mjs`);
  findings.tried += 1;
  try {
    writeFileSync(file, 'export const marker = "the intruder ran";');
    findings.written = file;
    // oxlint-disable-next-line no-unsanitized/method -- the attack itself, in a container of its own
    findings.marker = (await import(file)).marker;
    break;
  } catch (error) {
    findings.errors[error.code] = (findings.errors[error.code] ?? 0) + 1;
  }
}
console.log(`findings=${JSON.stringify(findings)}`);

/** Of the root file system alone: what is mounted into it has rules of its own. */
function* directories(path) {
  if (mayEnter(path)) yield path;
  for (const entry of list(path)) {
    if (entry.isDirectory() && statSync(join(path, entry.name)).dev === root) yield* directories(join(path, entry.name));
  }
}

function list(path) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** /root is root's: what is refused there is refused by its owner, whatever the file system is. */
function mayEnter(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
