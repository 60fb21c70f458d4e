/** What must be the same of a package that is pinned and of the one that is installed; where it is from, see {@link placeOf}. */
const PINNED = ['version', 'integrity', 'link', 'inBundle'];

/**
 * Paths at which npm has installed something else than the lock pins, nothing, or something that the lock does not know. `npm ci` itself compares
 * versions alone: where a package.json (an override, or one workspace's) wants the same version from elsewhere, a file or a git repository, it
 * takes that, holds it to no integrity, and ends with 0. What it did install it writes down in `node_modules/.package-lock.json`.
 *
 * JavaScript, and nothing newer than Node 20: `npm start` needs it before there is anything else.
 *
 * @param {{ packages: Record<string, object> }} lock
 * @param {{ packages: Record<string, object> }} installed npm's own note of what it installed
 * @returns {string[]}
 */
export function differingPackages(lock, installed) {
  const [wanted, found] = [lock, installed].map(({ packages }) => new Map(Object.entries(packages)));
  wanted.delete(''); // the repository itself, of which npm notes nothing
  return [...new Set([...wanted.keys(), ...found.keys()])].filter((path) => !isPinned(wanted.get(path), found.get(path)));
}

function isPinned(wanted, found) {
  if (wanted === undefined) return false;
  if (found === undefined) return wanted.optional === true && !isForThisMachine(wanted);
  return placeOf(wanted) === placeOf(found) && PINNED.every((key) => wanted[key] === found[key]);
}

/**
 * Optional packages that name no platform come with others that do: where those are left out, so are they. Of the rest npm leaves out more than
 * it cannot use: what a user's configuration omits, what another Node than its own would run, and up to 9.6.4 whatever names a C library.
 *
 * @param {{ os?: string | string[], cpu?: string | string[], libc?: string | string[] }} entry of a lock
 */
export function isForThisMachine({ os, cpu, libc: library }) {
  if (os === undefined && cpu === undefined) return false;
  return includes(os, process.platform) && includes(cpu, process.arch) && (library === undefined || includes(library, libcOfThisMachine()));
}

/** package.json, "os": one name or several, each wanted or, with a `!`, not. */
function includes(names, name) {
  const all = names === undefined ? [] : [names].flat();
  return all.includes(name) || (!all.includes(`!${name}`) && all.every((one) => one.startsWith('!')));
}

let libc;

/** Of the C library under Node, which its own report names. */
function libcOfThisMachine() {
  libc ??= process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return libc;
}

/** Registries are each user's own, and the lock names none: what comes from there is held to its integrity alone. */
function placeOf({ resolved = '' }) {
  return /^https?:/.test(resolved) ? '' : resolved;
}
