import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProgram } from '../../src/program.ts';
import { unwritable } from '../../src/host/user-file.ts';

describe('a file that the user names', () => {
  const before = process.env['INIT_CWD'];
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-user-file-'));
    writeFileSync(join(folder, 'text'), ' ');
    mkdirSync(join(folder, 'logs'));
    process.env['INIT_CWD'] = folder; // as npm does
  });
  afterEach(() => {
    if (before === undefined) delete process.env['INIT_CWD'];
    else process.env['INIT_CWD'] = before;
    rmSync(folder, { recursive: true });
  });

  const run = async (...words: string[]): Promise<unknown> => {
    const program = await createProgram(words);
    for (const command of program.commands) command.configureOutput({ writeErr: () => undefined });
    return program.parseAsync(words, { from: 'user' });
  };

  describe('is looked for from where they stand', () => {
    it.each([
      ['relative', () => 'text'],
      ['absolute', () => join(folder, 'text')],
    ])('when it is %s', async (_kind, file) => {
      await expect(run('trace', file())).rejects.toMatchObject({ code: 'USAGE', found: 'an empty text' });
      await expect(run('scan', 'catalog', file())).rejects.toMatchObject({ code: 'USAGE', found: expect.stringContaining('JSON') });
    });

    it('and is named where it is missing', async () => {
      await expect(run('trace', 'none')).rejects.toMatchObject({ code: 'USAGE', message: `There is no file ${join(folder, 'none')}` });
      await expect(run('scan', 'catalog', 'none')).rejects.toMatchObject({
        code: 'USAGE',
        found: expect.stringContaining(join(folder, 'none')),
      });
    });
  });

  it('is no folder, where it is read', async () => {
    await expect(run('trace', 'logs')).rejects.toMatchObject({ code: 'USAGE', message: `${join(folder, 'logs')} is a folder` });
  });

  describe('where figures are to be written', () => {
    // no run is measured 0 times: what comes after --out ends the command in any case
    const bench = async (out: string): Promise<unknown> => run('bench', '--out', out, '--runs', '0');

    it.each(['missing/figures', 'text/figures', 'logs'])('is refused before anything is measured: %s', async (file) => {
      const path = join(folder, file);
      for (const out of [file, path]) {
        await expect(bench(out)).rejects.toMatchObject({ code: 'commander.invalidArgument', message: expect.stringContaining(out) });
        await expect(bench(out)).rejects.toThrow('expected a file that can be written');
      }
    });

    it('is left as it is until there are some', async () => {
      for (const out of ['text', 'figures', join(folder, 'figures')]) await expect(bench(out)).rejects.toThrow('--runs');
      expect(readFileSync(join(folder, 'text'), 'utf8')).toBe(' ');
      expect(readdirSync(folder).toSorted()).toEqual(['logs', 'text']);
    });

    it('may be a device', () => expect(unwritable('/dev/null')).toBeUndefined());
  });
});
