import { isAbsolute, sep } from 'node:path';
import type { Plugin } from 'rolldown';

/**
 * npm packages stay where npm has put them, named by their absolute paths: bundling them again after each save would take longer than
 * everything else together, and a debugger shows them as they are.
 */
export function leavePackages(): Plugin {
  return {
    name: 'seaworthy:leave-packages',
    resolveId: {
      // the bundler asks about names alone, not about other files of the same package
      filter: { id: /^[^./]/ },
      async handler(specifier, importer, { kind }) {
        if (importer === undefined) return null;
        const found = await this.resolve(specifier, importer, { skipSelf: true, kind });
        if (!found || !isAbsolute(found.id) || !found.id.includes(MODULES)) return found;
        return { id: found.id, external: 'absolute' };
      },
    },
  };
}

const MODULES = `${sep}node_modules${sep}`;
