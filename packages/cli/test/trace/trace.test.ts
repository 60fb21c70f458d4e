import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bundleService, packSourceMaps, precompile } from '@seaworthy/supply-chain/build';
import { builtMaps } from '../../src/trace/built-maps.ts';
import { readMapArchive } from '../../src/trace/map-archive.ts';
import { mapTrace, serviceOf } from '../../src/trace/map-trace.ts';
import { ShippedBundle } from '../../src/trace/shipped-bundle.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const run = promisify(execFile);
const MAIN = `
import { sink } from './ship.ts';

interface Ship { name: string }
const ship: Ship = { name: 'Vasa' };
console.log('afloat');
sink(ship.name);
`;
const SHIP = `
/** Fails on purpose. */
export function sink(name: string): never {
  throw new Error(name + ' sank');
}
`;

describe('a stack trace of a shipped bundle', () => {
  const root = mkdtempSync(join(tmpdir(), 'seaworthy-trace-'));
  let trace: string;
  let bundle: ShippedBundle;

  beforeAll(async () => {
    const files: Record<string, string> = {
      'package.json': JSON.stringify({ name: 'trial', workspaces: ['apps/*'] }),
      'tsconfig.json': readFileSync(join(REPOSITORY, 'tsconfig.json'), 'utf8'),
      'apps/ship/package.json': JSON.stringify({ name: '@seaworthy/ship', type: 'module' }),
      'apps/ship/src/main.ts': MAIN,
      'apps/ship/src/ship.ts': SHIP,
      'image/package.json': '{"type":"module"}',
    };
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const { mainFile } = await bundleService({
      appDir: join(root, 'apps/ship'),
      outDir: join(root, 'services/ship/bundle'),
      modulesRoot: REPOSITORY,
    });
    bundle = new ShippedBundle(builtMaps(join(root, 'services'), 'ship'));
    const program = await precompile(readFileSync(mainFile, 'latin1'));
    for (const [name, content] of Object.entries(program)) writeFileSync(join(root, 'image', name), content as Buffer);
    const failed: unknown = await run(process.execPath, [join(root, 'image/main.js')]).catch((error: unknown) => error);
    // in the container the file lies in /app
    trace = (failed as { stderr: string }).stderr.replaceAll(`${root}/image/`, '/app/');
  });

  afterAll(() => rmSync(root, { recursive: true }));

  it('leads to the very line of the source', () => {
    const { text, mapped } = mapTrace(trace, bundle);
    expect(text).toContain('Error: Vasa sank');
    expect(text).toMatch(/at .*apps\/ship\/src\/ship\.ts:4:\d+/);
    expect(text).toMatch(/at .*apps\/ship\/src\/main\.ts:7:1/);
    expect(text).not.toMatch(/at .*\/app\/service\.js/);
    expect(mapped).toBeGreaterThanOrEqual(2);
  });

  it('leads to the same by the archive that the pipeline makes', async () => {
    const maps = readMapArchive(await packSourceMaps(join(root, 'services/ship/bundle'), { name: 'ship', programs: [] }), 'ship');
    const archived = new ShippedBundle({ of: (file) => maps.get(file), about: 'a release' });
    expect(mapTrace(trace, archived)).toEqual(mapTrace(trace, bundle));
  });

  it('is mapped inside a JSON log line, which stays one', () => {
    const line = JSON.stringify({ level: 'fatal', service: 'ship', err: { stack: trace } });
    const record = JSON.parse(mapTrace(line, bundle).text) as { err: { stack: string } };
    expect(record.err.stack).toContain('apps/ship/src/ship.ts:4:');
    expect(serviceOf(line)).toBe('ship');
  });

  it('keeps places that no source stands behind, and counts them', () => {
    expect(mapTrace('at x (/app/service.js:9999:1)\nat y (node:internal/x:1:2)', bundle)).toEqual({
      text: 'at x (/app/service.js:9999:1)\nat y (node:internal/x:1:2)',
      mapped: 0,
      unmapped: 1,
    });
  });

  describe('when the log is of several services', () => {
    it('does not guess', () => {
      expect(serviceOf('{"service":"catalog"}\n{"service":"orders"}')).toBeUndefined();
    });
  });

  describe('when the service was never built here', () => {
    it('says so', () => {
      expect(() => builtMaps(join(root, 'services'), 'nowhere')).toThrow(expect.objectContaining({ code: 'NOT_RUNNING' }));
    });
  });
});
