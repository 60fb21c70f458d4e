import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';
import { SWC } from './swc.ts';

const GLOBALS = new URL('globals.ts', import.meta.url).href;
/** Where decorators may be (docs/decisions/node-runs-typescript.md); everything else Node runs as it is. */
const DECORATED = /^(?!.*\/node_modules\/).*\/(?:apps\/[^/]+|packages\/platform)\/.*\.ts$/;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals' ? { url: GLOBALS, format: 'module-typescript', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    DECORATED.test(url) ? { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true } : next(url, context),
});

function compile(filename: string): string {
  return transformSync(readFileSync(filename, 'utf8'), { ...SWC, filename, sourceMaps: 'inline' }).code;
}
