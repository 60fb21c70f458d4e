import { isAbsolute, join, relative } from 'node:path';
import type { Plugin } from 'rolldown';
import { workspaceEntryPoints } from './workspace.ts';

/**
 * Installed for a use that no service makes of it (docker-modem's ssh transport, Fastify's schemas, of which a fifth of each bundle was), or
 * a rival of what we chose: an empty module stands in, so that a top-level require passes and the native code behind it is not looked for.
 */
const LEFT_OUT = [
  '@fastify/ajv-compiler',
  '@fastify/fast-json-stringify-compiler',
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@nestjs/platform-express',
  'ssh2',
];
const EMPTY = '\0seaworthy:empty';
/** Names of packages, and native code. Three of four imports are of another file of the same package: the bundler resolves those without asking. */
const ASKED = /^[^./]|\.node$/;

/**
 * Where a bundle's modules come from: the workspace's own packages from the checkout that is built, never through the links in
 * node_modules (they may point at another checkout); everything else from `modulesRoot`, as if the checkout lay there.
 */
export function resolveFrom({
  root,
  modulesRoot,
  external = [],
  keep = [],
}: {
  root: string;
  modulesRoot: string;
  external?: readonly string[];
  keep?: readonly string[];
}): Plugin {
  const leftOut = new Set(LEFT_OUT.filter((name) => !keep.includes(name)));
  const entryPoints = workspaceEntryPoints(root);
  return {
    name: 'seaworthy:resolve',
    resolveId: {
      filter: { id: ASKED },
      async handler(specifier, importer, { kind }) {
        if (specifier.startsWith('.') || isAbsolute(specifier)) return { id: specifier, external: true };
        if (external.includes(packageName(specifier))) return { id: specifier, external: true };
        if (specifier === EMPTY || leftOut.has(packageName(specifier))) return EMPTY;
        const own = entryPoints.get(specifier);
        if (own) return { id: own };
        const found = await this.resolve(specifier, importerIn(modulesRoot, root, importer), { skipSelf: true, kind });
        // what is loaded on demand and not installed is an option of a framework that nobody chose; a plain import has to exist
        return found ?? (kind === 'import-statement' ? null : { id: specifier, external: true });
      },
    },
    load: { filter: { id: /^\0seaworthy:empty$/ }, handler: () => 'module.exports = {};' },
  };
}

function importerIn(modulesRoot: string, root: string, importer: string | undefined): string | undefined {
  if (!importer || modulesRoot === root) return importer;
  const inside = relative(root, importer);
  return inside.startsWith('..') ? importer : join(modulesRoot, inside);
}

function packageName(specifier: string): string {
  const [scopeOrName = '', name] = specifier.split('/');
  return scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
}
