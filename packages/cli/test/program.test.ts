import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
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

  it('is helped with a misspelled word, by code 2 and not by a stack', async () => {
    const program = await createProgram(['strat']);
    let said = '';
    program.configureOutput({ writeErr: (text) => (said += text) });
    await expect(program.parseAsync(['strat'], { from: 'user' })).rejects.toMatchObject({ code: 'commander.unknownCommand' });
    expect(said).toContain('Did you mean start?');
  });
});
