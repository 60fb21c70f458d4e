import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { BuildError } from './error.ts';

/** What lies in a service's `/app`. */
export interface PrecompiledProgram {
  /** starts the script from its bytecode */
  'main.js': Buffer;
  /** the program as a classic script, in ASCII: lines and columns are those of the module that it was made of */
  'service.js': Buffer;
  /** V8's bytecode of its functions */
  'service.js.bytecode': Buffer;
}

/** `import.meta`, as a name of the same length: places in the source map stay right. */
const [META, META_NAME] = ['import.meta', 'import_meta'];
/** The one import that the bundler writes by itself, for what is required at run time. */
const BUNDLERS_IMPORT = /^import[^;]{0,60}"node:module";/;
/** Of a larger program only what V8 takes for called at once is kept, a fifth: the rest would take more room in the layer than it saves in time. */
const MOST_BYTECODE = 8_000_000;
const NO_EXPORTS = /export\{\};\s*$/;

/**
 * A bundle with V8's bytecode beside it: compiling is half of what a service does until it listens. V8 keeps bytecode for scripts, not for
 * modules; so the bundle becomes the body of a function, which `main.js` calls with its own `import.meta`.
 * Nothing of the program is executed here, and the same program gives the same bytes with the same Node.
 * @throws {BuildError} BUNDLE_FAILED when it cannot be a script: it imports or exports
 */
export async function precompile(bundle: string): Promise<PrecompiledProgram> {
  const [imported = ''] = BUNDLERS_IMPORT.exec(bundle) ?? [];
  const createRequire = / as ([\w$]{1,20})\}/.exec(imported)?.[1] ?? 'createRequire';
  const needed = imported === '' ? '' : `const{createRequire:${createRequire}}=process.getBuiltinModule("module");`;
  const body = `${' '.repeat(imported.length)}${bundle.slice(imported.length).replace(NO_EXPORTS, '')}`.replaceAll(META, META_NAME);
  const script = Buffer.from(`(async function(${META_NAME}){"use strict";${needed}\n${body}\n})`, 'latin1');
  const all = await compile(script, ['--no-lazy', '--lazy']);
  const bytecode = all.length <= MOST_BYTECODE ? all : await compile(script, []);
  return { 'main.js': Buffer.from(LAUNCHER), 'service.js': script, 'service.js.bytecode': bytecode };
}

/**
 * In a process of its own: V8 numbers what it compiles, and orders it by the seed of its hashes, so only a fresh one with a fixed seed does the
 * same each time. Bytecode counts for the flags that it was made with; those that differ are set back before it is written.
 */
const COMPILER = `
const { setFlagsFromString } = require('node:v8');
const source = require('node:fs').readFileSync(0, 'latin1');
const [before, after] = process.argv.slice(1);
if (before) setFlagsFromString(before);
const script = new (require('node:vm').Script)(source, { filename: 'service.js' });
if (after) setFlagsFromString(after);
setFlagsFromString('--hash-seed=0');
process.stdout.write(script.createCachedData());
`;

async function compile(script: Buffer, flags: readonly string[]): Promise<Buffer> {
  const compiler = spawn(process.execPath, ['--hash-seed=1', '--eval', COMPILER, '--', ...flags], { env: {}, stdio: 'pipe' });
  compiler.stdin.on('error', () => undefined).end(script);
  const [bytecode, said, [code]] = await Promise.all([
    buffer(compiler.stdout),
    text(compiler.stderr),
    once(compiler, 'close') as Promise<[number | null]>,
  ]);
  if (code === 0) return bytecode;
  const reason = said.split('\n').find((line) => /^\w*Error/.test(line)) ?? `exit code ${code}`;
  throw new BuildError({ code: 'BUNDLE_FAILED', message: `expected the bundle to compile as a script, found ${reason}` });
}

/**
 * Bytecode of another Node, or for other flags, is not used: V8 finds that out, compiles the script anew, and the service starts as it would
 * without.
 */
const LAUNCHER = `const [{ readFileSync }, { Script }] = ['fs', 'vm'].map(process.getBuiltinModule);
const file = import.meta.dirname + '/service.js';
const script = new Script(readFileSync(file, 'latin1'), { filename: file, lineOffset: -1, cachedData: readFileSync(file + '.bytecode') });
if (script.cachedDataRejected) process.emitWarning(file + '.bytecode is not for this Node and these flags: compiled anew');
await script.runInThisContext()(import.meta);
`;
