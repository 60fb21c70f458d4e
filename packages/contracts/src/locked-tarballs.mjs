/**
 * A package-lock.json that says where each package's tarball lies, as every registry that follows npm's lays them out:
 * `<registry>/<name>/-/<last part of the name>-<version>.tgz`. Ours names no registry, since each user has their own; and a package without an
 * address npm looks up first, with all versions that it ever had: two requests for each, and a third of the time that `npm ci` takes.
 * What is fetched is still held to the lock's integrity.
 *
 * JavaScript, and nothing newer than Node 20: `npm start` needs it before there is anything else.
 *
 * @template {{ packages: Record<string, object> }} Lock
 * @param {Lock} lock
 * @param {(name: string) => string | undefined} registryOf base address of the registry that has a package; undefined leaves that to npm
 * @returns {Lock}
 */
export function withTarballs(lock, registryOf) {
  const located = Object.entries(lock.packages).map(([path, entry]) => [path, { ...entry, ...addressOf(path, entry, registryOf) }]);
  return { ...lock, packages: Object.fromEntries(located) };
}

function addressOf(path, { name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), ...entry }, registryOf) {
  if (!entry.integrity || !entry.version || entry.resolved || entry.inBundle) return {};
  const registry = registryOf(name);
  if (registry === undefined) return {};
  const file = `${name.slice(name.lastIndexOf('/') + 1)}-${entry.version}.tgz`;
  return { resolved: `${registry.replace(/\/+$/, '')}/${name}/-/${file}` };
}
