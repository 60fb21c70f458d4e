import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { precompile } from '../../src/build/precompile.ts';
import { temporaryDir } from './temporary-dir.ts';

const run = promisify(execFile);
const PROGRAM = `import{createRequire as e}from"node:module";const{basename}=e(import.meta.url)("node:path");
function nested(){return import.meta.dirname.length>0&&basename(import.meta.url)}
console.log(await Promise.resolve(nested()),process.argv[2],this===undefined);export{};
`;

/** The files as they lie in an image. */
async function image(program: string, change: { bytecode?: Buffer } = {}): Promise<string> {
  const dir = await temporaryDir({ 'package.json': '{"type":"module"}' });
  const files = { ...(await precompile(program)), ...(change.bytecode && { 'service.js.bytecode': change.bytecode }) };
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
  return dir;
}

const start = async (dir: string, ...flags: string[]) => run(process.execPath, [...flags, join(dir, 'main.js'), 'word'], { env: {} });

describe('precompile', () => {
  describe('when the launcher starts what it made', () => {
    it('runs as the module would have, from its bytecode', async () => {
      expect(await start(await image(PROGRAM))).toEqual({ stdout: 'main.js word true\n', stderr: '' });
    });

    it('ends with an error like the module, at the same line and column', async () => {
      const program = `import{createRequire as e}from"node:module";const sink=()=>{throw new Error("Vasa sank")};\nvoid e;\nawait 0;sink();export{};`;
      const module = await temporaryDir({ 'package.json': '{"type":"module"}', 'service.js': program });
      const failures = [join(await image(program), 'main.js'), join(module, 'service.js')].map(async (file) =>
        run(process.execPath, [file], { env: {} }).catch((error: unknown) => error as { code: number; stderr: string }),
      );
      const [script, expected] = (await Promise.all(failures)) as { code: number; stderr: string }[];
      const places = (stderr = '') => stderr.match(/service\.js:\d+:\d+/g);
      expect(script?.code).toBe(1);
      expect(script?.stderr).toContain('Error: Vasa sank');
      expect(places(script?.stderr)).toEqual(places(expected?.stderr));
    });
  });

  describe('when the bytecode is not for this Node', () => {
    it.each([
      ['nothing', Buffer.alloc(0)],
      ['noise', randomBytes(4_096)],
    ])('starts from the script, and says so (%s)', async (_, bytecode) => {
      const { stdout, stderr } = await start(await image(PROGRAM, { bytecode }));
      expect(stdout).toBe('main.js word true\n');
      expect(stderr).toContain('compiled anew');
    });

    it('starts from the script when the flags are other than those that it was made for', async () => {
      const { stdout, stderr } = await start(await image(PROGRAM), '--no-opt');
      expect(stdout).toBe('main.js word true\n');
      expect(stderr).toContain('compiled anew');
    });

    it('uses it all the same when only the bounds of memory differ', async () => {
      expect((await start(await image(PROGRAM), '--max-old-space-size=64', '--max-semi-space-size=1')).stderr).toBe('');
    });
  });

  it('gives the same bytes each time, whatever the environment and the time', async () => {
    const [first, second] = [await precompile(PROGRAM), await precompile(PROGRAM)];
    expect(second).toEqual(first);
  });

  it('keeps less of a large program', async () => {
    const functions = (count: number) => Array.from({ length: count }, (_, index) => `globalThis.f${index}=()=>"${index}";`).join('\n');
    const sizeOf = async (count: number) => (await precompile(functions(count)))['service.js.bytecode'].length;
    const [small, large] = [await sizeOf(1_000), await sizeOf(40_000)];
    expect(large).toBeLessThan(8_000_000);
    expect(large / 40).toBeLessThan(small);
  });

  it.each(['import fs from"node:fs";', 'export const one=1;'])(
    'refuses with BUNDLE_FAILED what cannot be a script: %s',
    async (program) => {
      await expect(precompile(program)).rejects.toMatchObject({ code: 'BUNDLE_FAILED', message: expect.stringContaining('SyntaxError') });
    },
  );
});
