import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../host/paths.ts';

const QUOTED = /(<!-- quoted: (\S+) -->\n```ts\n)[\s\S]*?(```)/g;

/** Pages that show a file of the code, by their path, with the file as it is now. */
export function pagesThatQuote(): [path: string, text: string][] {
  return globSync('docs/**/*.md', { cwd: REPOSITORY }).flatMap((path): [string, string][] => {
    const text = textOf(path);
    if (text.search(QUOTED) < 0) return [];
    return [[path, text.replaceAll(QUOTED, (_, begin: string, file: string, end: string) => `${begin}${textOf(file)}${end}`)]];
  });
}

function textOf(path: string): string {
  return readFileSync(join(REPOSITORY, path), 'utf8');
}
