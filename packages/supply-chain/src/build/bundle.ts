import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { rolldown, type OutputChunk } from 'rolldown';
import { builtinModules } from './builtin-plugin.ts';
import { bundleInput, type BundleInput } from './bundle-input.ts';
import { BuildError } from './error.ts';
import { bundledPackages, type BundledPackage } from './bundled-packages.ts';
import { findWorkspaceRoot } from './workspace.ts';

export interface BundleOptions {
  /** folder of the app: `apps/<name>` of some checkout */
  appDir: string;
  /** receives main.js, main.js.map and packages.json; made when absent */
  outDir: string;
  /** entry point, relative to the app */
  entry?: string;
  /** packages that are not bundled: whoever runs the file has them */
  external?: readonly string[];
  /** packages that are bundled although no service needs them: what a service is compared with may */
  keep?: readonly string[];
  /** checkout whose node_modules are used; default: the app's own */
  modulesRoot?: string;
}

export interface Bundle {
  outDir: string;
  /** the one file that is shipped */
  mainFile: string;
  /** source map: for whoever reads a stack trace, never shipped */
  mapFile: string;
  /** npm packages of which at least one module is in the bundle */
  packages: BundledPackage[];
  sha256: string;
  size: number;
}

/**
 * One minified ES module in ASCII from an app and all that it imports, decorator metadata included.
 * The same sources and the same node_modules give the same bytes at any path, clock, user and working directory.
 */
export async function bundleService({
  appDir,
  outDir,
  entry = 'src/main.ts',
  external = [],
  keep = [],
  modulesRoot,
}: BundleOptions): Promise<Bundle> {
  const app = resolve(appDir);
  const root = findWorkspaceRoot(app);
  const modules = resolve(modulesRoot ?? root);
  const chunk = await runRolldown({ app, root, modulesRoot: modules, entry, external, keep });
  const mainFile = join(outDir, 'main.js');
  const mapFile = join(outDir, 'main.js.map');
  requireAscii(chunk.code);
  const packages = await bundledPackages(chunk.moduleIds, modules);
  await mkdir(outDir, { recursive: true });
  await writeFile(mainFile, chunk.code);
  await writeFile(mapFile, sourceMap(chunk, root, modules));
  await writeFile(join(outDir, 'packages.json'), `${JSON.stringify(packages, null, 2)}\n`);
  const bytes = Buffer.from(chunk.code);
  return { outDir, mainFile, mapFile, packages, sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
}

async function runRolldown(input: BundleInput): Promise<OutputChunk> {
  try {
    const common = bundleInput(input);
    const build = await rolldown({ ...common, plugins: [builtinModules(), common.plugins] });
    try {
      // keepNames: Nest, oidc-provider and error codes read class names
      const { output } = await build.generate({
        format: 'esm',
        minify: true,
        // with one character beyond Latin-1 V8 keeps the whole text in two bytes a character
        charset: 'ascii',
        keepNames: true,
        sourcemap: 'hidden',
        sourcemapIgnoreList: false,
        // their text is in the commit
        sourcemapExcludeSources: true,
        codeSplitting: false,
        comments: false,
      });
      return output[0];
    } finally {
      await build.close();
    }
  } catch (cause) {
    const message = stripVTControlCharacters(cause instanceof Error ? cause.message : String(cause));
    throw new BuildError({
      code: 'BUNDLE_FAILED',
      message: `expected ${relative(input.root, input.app)} to bundle, found: ${message}`,
      cause,
    });
  }
}

/** Where the raw text of a template counts, the bundler cannot escape. */
function requireAscii(code: string): void {
  const place = code.search(/[^\0-\x7f]/);
  if (place < 0) return;
  throw new BuildError({
    code: 'BUNDLE_FAILED',
    message: `expected the bundle in ASCII, found ${JSON.stringify(code.slice(Math.max(0, place - 40), place + 20))}; write an escape or an HTML entity`,
  });
}

/** Paths in the map are the repository's own: `apps/catalog/src/main.ts`, `node_modules/…`; rolldown writes them relative to its default `dist`. */
function sourceMap(chunk: OutputChunk, root: string, modulesRoot: string): string {
  const map = JSON.parse(chunk.map?.toString() ?? '{"sources":[]}') as { sources: string[] };
  map.sources = map.sources.map((source) => {
    const path = resolve(root, 'dist', source);
    const base = [root, modulesRoot].find((candidate) => path.startsWith(`${candidate}/`));
    return base ? relative(base, path) : source;
  });
  return JSON.stringify(map);
}
