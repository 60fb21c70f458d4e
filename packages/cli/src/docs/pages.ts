import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../host/paths.ts';
import { commandsPage } from './commands.page.ts';
import { drillsPage } from './drills.page.ts';
import { imagesPage } from './images.page.ts';
import { pagesThatQuote } from './quoted-code.ts';

/** Reference pages that are written from the code they are about, by their path in the repository. */
const PAGES: Readonly<Record<string, () => Promise<string>>> = {
  'docs/reference/commands.md': commandsPage,
  'docs/reference/drills.md': drillsPage,
  'docs/reference/images.md': imagesPage,
};
const NOTE = '<!-- Written by npm run docs update. Do not edit: npm run docs check compares it with the code. -->';

/** The twins: what `update` writes is what `check` compares with. @returns paths of the pages that differ, or differed */
export async function updatePages(): Promise<string[]> {
  const stale = await stalePages();
  for (const [path, text] of stale) writeFileSync(join(REPOSITORY, path), text);
  return stale.map(([path]) => path);
}

export async function checkPages(): Promise<string[]> {
  return (await stalePages()).map(([path]) => path);
}

async function stalePages(): Promise<[path: string, text: string][]> {
  const written = await Promise.all(
    Object.entries(PAGES).map(async ([path, write]): Promise<[string, string]> => [path, `${NOTE}\n\n${(await write()).trim()}\n`]),
  );
  return [...written, ...pagesThatQuote()].filter(([path, text]) => read(path) !== text);
}

function read(path: string): string {
  try {
    return readFileSync(join(REPOSITORY, path), 'utf8');
  } catch {
    return ''; // it was never written
  }
}
