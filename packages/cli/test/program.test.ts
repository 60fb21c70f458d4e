import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { drillIds } from '@seaworthy/drills';
import { REPOSITORY } from '../src/host/paths.ts';
import { createProgram } from '../src/program.ts';

const NAMES = readdirSync(join(REPOSITORY, 'packages/cli/src/commands')).map((file) => file.replace('.ts', ''));

describe('the command', () => {
  it.each(NAMES)('%s says what it does and can be asked for help', async (name) => {
    const program = await createProgram([name]);
    const help = program.commands.find((one) => one.name() === name)?.helpInformation() ?? '';
    expect(help).toContain(`Usage: seaworthy ${name}`);
    expect(help).toContain('--verbose');
  });

  it.each(NAMES)('%s is a word of npm run', (name) => {
    const { scripts } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    expect(scripts[name]).toBe(`node packages/cli/bin/seaworthy.mjs ${name}`);
  });

  describe('drill list', () => {
    const list = async (...words: string[]): Promise<string[]> => {
      const say = jest.spyOn(console, 'log').mockImplementation(() => undefined);
      try {
        await (await createProgram(['drill'])).parseAsync(['drill', 'list', ...words], { from: 'user' });
        return say.mock.calls.flatMap(([text]) => String(text).split('\n'));
      } finally {
        say.mockRestore();
      }
    };

    it('has one object a line with --json: each drill, what it is about, and by which codes it may be refused', async () => {
      const listed = (await list('--json')).map((line) => JSON.parse(line) as object);
      expect(listed).toEqual(
        drillIds().map((id) => ({
          id,
          practice: expect.arrayContaining([expect.stringMatching(/^\d+\.\d+$/)]),
          title: expect.stringMatching(/\w/),
          control: expect.stringMatching(/\w/),
          refusals: expect.arrayContaining([expect.stringMatching(/\w/)]),
        })),
      );
    });

    it('is a table for people: each drill has a line', async () => {
      const [head, ...lines] = (await list()).map((line) => line.trim());
      expect(head).toMatch(/^id +practices +attack$/);
      expect(lines.map((line) => line.split(' ')[0])).toEqual(drillIds());
    });
  });

  describe('images list', () => {
    const list = async (...names: string[]): Promise<unknown[]> => {
      const say = jest.spyOn(console, 'log').mockImplementation(() => undefined);
      try {
        await (await createProgram(['images'])).parseAsync(['images', 'list', '--json', ...names], { from: 'user' });
        return say.mock.calls.map(([text]) => (JSON.parse(String(text)) as { name: string }).name);
      } finally {
        say.mockRestore();
      }
    };

    it('has the images that are named, and without a name all of them', async () => {
      expect(await list('node-git', 'node')).toEqual(['node', 'node-git']);
      expect(await list()).toEqual(expect.arrayContaining(['haproxy', 'node', 'node-git', 'postgres']));
    });

    it('refuses an image that is not declared', async () => {
      await expect(list('node', 'nosuch')).rejects.toMatchObject({ code: 'USAGE', found: 'nosuch' });
    });
  });

  describe('images export', () => {
    const terminal = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY');
    const exportTo = async (isTTY: boolean, name: string): Promise<unknown> => {
      Object.defineProperty(process.stdout, 'isTTY', { value: isTTY, configurable: true });
      return (await createProgram(['images'])).parseAsync(['images', 'export', name], { from: 'user' });
    };
    afterEach(() => {
      Object.defineProperty(process.stdout, 'isTTY', { value: undefined, configurable: true, ...terminal });
    });

    it('refuses an image that is not declared, and names those that are', async () => {
      await expect(exportTo(false, 'nodee')).rejects.toMatchObject({
        code: 'USAGE',
        found: 'nodee',
        expected: expect.stringContaining('node-git'),
      });
    });

    it('writes no image into a terminal, and says where it belongs', async () => {
      await expect(exportTo(true, 'node')).rejects.toMatchObject({
        code: 'USAGE',
        remedy: expect.stringContaining('export node | docker load'),
      });
    });
  });

  it('is helped with a misspelled word, by code 2 and not by a stack', async () => {
    const program = await createProgram(['strat']);
    let said = '';
    program.configureOutput({ writeErr: (text) => (said += text) });
    await expect(program.parseAsync(['strat'], { from: 'user' })).rejects.toMatchObject({ code: 'commander.unknownCommand' });
    expect(said).toContain('Did you mean start?');
  });
});
