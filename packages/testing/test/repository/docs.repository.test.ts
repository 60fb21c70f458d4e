import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages, ROOT } from './workspaces.ts';

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
/** npm's own words, which run the script of the same name. */
const SHORT = /\bnpm (start|stop|test)\b/g;
/** `RUN npm run …` is a line of somebody's Dockerfile. */
const RUN = /(?<!RUN )\bnpm run (?:-s )?([a-z][\w:-]*)/g;

describe('pages for people', () => {
  it('are found: the README, and what it leads to', () => {
    expect(pages()).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/README.md', 'docs/practices.md']));
  });

  describe.each(pages())('%s', (page) => {
    it('links to what is there', () => {
      expect(brokenLinks(page, textOf(page))).toEqual([]);
    });

    it('names commands that there are', () => {
      const named = [...matches(textOf(page), RUN), ...matches(textOf(page), SHORT)];
      expect(named.filter((name) => !(name in scripts))).toEqual([]);
    });

    it('lets npx fetch nothing, names no mirror, no registry of packages and no path of somebody’s machine', () => {
      expect(textOf(page)).not.toMatch(
        /\bnpx\b(?! fetch)|\b(?:deb\.debian\.org|security\.debian\.org|registry\.npmjs\.org)\b|(?<![\w.])\/(?:home|Users|root|work)\//,
      );
    });
  });

  it('in docs/ are all reached from its indexes', () => {
    const index = ['docs/README.md', 'docs/decisions/README.md', 'docs/reference/platform.md'].map(textOf).join('\n');
    const missing = globSync('docs/**/*.md', { cwd: ROOT }).filter((page) => !index.includes(page.slice(page.lastIndexOf('/') + 1)));
    expect(missing).toEqual([]);
  });
});

describe('the look for broken links', () => {
  it.each([
    ['a file that is not there', '[x](nowhere.md)', ['nowhere.md']],
    ['a heading that is not there', '[x](docs/architecture.md#no-such-heading)', ['docs/architecture.md#no-such-heading']],
    ['a reference in code, which is no link', '```ts\ntake[0](nowhere)\n```\nand `[x](nowhere)`', []],
    ['a heading that is there', '[x](docs/architecture.md#zones-of-trust)', []],
    ['another site', '[x](https://example.org/nowhere)', []],
  ])('finds %s', (_, text, broken) => {
    expect(brokenLinks('README.md', text)).toEqual(broken);
  });
});

/** Targets of a page's relative links that do not exist, headings included. */
function brokenLinks(page: string, text: string): string[] {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`(?!\])/g, '');
  return matches(prose, /\]\(([^)\s]+)\)/g).filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = '', heading] = link.split('#');
    const target = path === '' ? page : join(dirname(page), path);
    if (!existsSync(join(ROOT, target))) return true;
    return heading !== undefined && !headingsOf(textOf(target)).includes(heading);
  });
}

/** As GitHub names them in addresses: lower case, hyphens for spaces, no other marks. */
function headingsOf(text: string): string[] {
  return matches(text, /^#{1,6} (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, first]) => first ?? '');
}

function textOf(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
