import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { notWritable } from '../../bin/writable.mjs';
import { REPOSITORY } from '../../src/host/paths.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

describe('whether this user may write to a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-writable-'));
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  it('is so where it is this user’s, also before it is made', () => {
    expect(notWritable(folder)).toBeUndefined();
    expect(notWritable(join(folder, 'clone/.seaworthy'))).toBeUndefined();
  });

  it.each(['.seaworthy', '.seaworthy/locks'])('is told of %s with whose it is, and what to do', (name) => {
    mkdirSync(join(folder, '.seaworthy'), { mode: isRoot ? 0o700 : 0o500 });
    if (isRoot) chmodSync(folder, 0o755);
    const reason = askedByAnother(join(folder, name));
    expect(reason).toMatchObject({
      expected: `that this user, user ${isRoot ? NOBODY : process.getuid?.()}, may write to ${join(folder, '.seaworthy')}`,
      found: expect.stringMatching(isRoot ? /^that it belongs to root/ : /permission denied/),
      remedy: expect.stringContaining(isRoot ? 'sudo chown -R "$(id -u):$(id -g)"' : 'a clone that this user may write to'),
    });
  });

  /** Root may do everything: it asks as somebody else, with a copy that whoever may read. */
  function askedByAnother(path: string): ReturnType<typeof notWritable> {
    if (!isRoot) return notWritable(path);
    const copy = join(folder, 'writable.mjs');
    copyFileSync(join(REPOSITORY, 'packages/cli/bin/writable.mjs'), copy);
    const program = `import { notWritable } from ${JSON.stringify(copy)}; console.log(JSON.stringify(notWritable(${JSON.stringify(path)})));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      uid: NOBODY,
      gid: NOBODY,
      cwd: '/',
      encoding: 'utf8',
      env: {},
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as ReturnType<typeof notWritable>;
  }
});
