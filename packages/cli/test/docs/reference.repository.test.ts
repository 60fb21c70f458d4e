import type { Command } from 'commander';
import { beforeAll, describe, expect, it } from '@jest/globals';
import summaries from '../../commands.json' with { type: 'json' };
import { commandsPage } from '../../src/docs/commands.page.ts';
import { checkPages } from '../../src/docs/pages.ts';
import { createProgram } from '../../src/program.ts';

describe('generated pages of docs/reference', () => {
  it('are as the code is: npm run docs update writes them', async () => {
    await expect(checkPages()).resolves.toEqual([]);
  });
});

describe('the page of commands', () => {
  let page: string;
  beforeAll(async () => {
    page = await commandsPage();
  });

  it.each(Object.keys(summaries))('%s: has a section for each of its words, with every option', async (name) => {
    const program = await createProgram([name]);
    const all = program.commands.filter((one) => one.name() === name).flatMap((command) => withWords(command, 'seaworthy'));
    const missing = all.flatMap(({ usage, flags }) => {
      const section = page.split(/^#{2,} /m).find((text) => new RegExp(`^Usage: ${usage}(?: [[<]|$)`, 'm').test(text)) ?? '';
      return flags.filter((flag) => !section.includes(`${flag} `)).map((flag) => `${usage} ${flag}`);
    });
    expect(missing).toEqual([]);
  });

  it('has what a command says below its options', () => {
    expect(page).toContain('\nExamples:\n  npm run drill list\n');
  });
});

/** A command and its words, however deep: how each is called, and its options. */
function withWords(command: Command, before: string): { usage: string; flags: string[] }[] {
  const usage = `${before} ${command.name()}`;
  const own = { usage, flags: ['--help', ...command.options.map(({ long, flags }) => long ?? flags)] };
  return [own, ...command.commands.flatMap((word) => withWords(word, usage))];
}
