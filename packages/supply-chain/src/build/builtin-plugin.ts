import { isBuiltin } from 'node:module';
import type { Plugin } from 'rolldown';

const PREFIX = '\0seaworthy:builtin:';
/** What may name one of them: the bundler asks about nothing else. */
const ASKED = /^[a-z\d_:/]+$/;
/** What the bundler adds itself is resolved while nothing else is there yet. */
const RUNTIME = '\0rolldown/';

/**
 * Node's own modules as objects, asked for one property at a time. An `import` of one reads all of its properties at once, and so loads what
 * Node makes only when it is asked for: for `http` alone that is a whole fetch, 13 MB and a fifth of the time until a service listens.
 */
export function builtinModules(): Plugin {
  return {
    name: 'seaworthy:builtin',
    resolveId: {
      order: 'pre',
      filter: { id: ASKED },
      handler: (specifier, importer) =>
        isBuiltin(specifier) && !importer?.startsWith(RUNTIME) ? { id: `${PREFIX}${specifier}`, moduleSideEffects: false } : null,
    },
    load: {
      filter: { id: /^\0seaworthy:builtin:/ },
      handler: (id) => `module.exports = process.getBuiltinModule(${JSON.stringify(id.slice(PREFIX.length))});`,
    },
  };
}
