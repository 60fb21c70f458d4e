import { existsSync, globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pages, ROOT, sources, textOf } from './workspaces.ts';

const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
/** npm's own words, which run the script of the same name. */
const SHORT = /\bnpm (start|stop|test)\b/g;
/** `RUN npm run …` is a line of somebody's Dockerfile. */
const RUN = /(?<!RUN )\bnpm run (?:-s )?([a-z][\w:-]*)/g;
/** A request by hand, up to the end of its line or of the code that it is in. */
const CURL = /\b(curl\b[^\n`|]*https:[^\n`|]*)/g;
/** What teaches people to go on although nobody vouches for whom they talk to. */
const UNVERIFIED =
  /(\bcurl\b[^\n`|]* -[a-zA-Z]*k\b|--insecure(?![\w-])|--no-check-certificate|(?<!delete known\.)NODE_TLS_REJECT_UNAUTHORIZED|rejectUnauthorized: ?false|strict-ssl|accept (?:the|this) (?:risk|certificate|warning)|proceed anyway|(?:ignore|click through|click past) (?:the|this|any) (?:certificate|warning))/gi;

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

  it.each([...pages(), ...sources().filter((file) => /^packages\/cli\/(?:src|bin)\/.*(?<!\.test\.ts)$/.test(file))])(
    '%s: every request by hand verifies whom it talks to, and nobody is told to go on without',
    (file) => expect(unverified(textOf(file))).toEqual([]),
  );

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

describe('the look for requests that verify nobody', () => {
  it.each([
    ['curl without the root', 'run `curl https://localhost:8443/products`', ['curl https://localhost:8443/products']],
    ['it over two lines', 'curl --silent \\\n  https://localhost:8443/', ['curl --silent   https://localhost:8443/']],
    ['-k, among other letters too', 'curl -sk --cacert root.pem https://localhost/', ['curl -sk']],
    ['--insecure', 'wget --insecure', ['--insecure']],
    ['a page that tells people to click', 'Your browser warns: accept the risk, or proceed anyway.', ['accept the risk', 'proceed anyway']],
    ['Node without verification', 'NODE_TLS_REJECT_UNAUTHORIZED=0 node x', ['NODE_TLS_REJECT_UNAUTHORIZED']],
    ['what takes that variable away', 'delete known.NODE_TLS_REJECT_UNAUTHORIZED;', []],
    ['curl with the root', '    curl --cacert root.pem https://localhost:8443/', []],
    ['curl of a Dockerfile, in a table', '| `RUN curl … \\| sh` | not here | `https://x` |', []],
    ['another tool’s option that begins alike', 'cosign verify --insecure-ignore-tlog', []],
  ])('finds %s', (_, text, found) => {
    expect(unverified(text)).toEqual(found);
  });
});

/** Requests by hand that verify nobody, and words that tell people to go on without verification. */
function unverified(text: string): string[] {
  const whole = text.replaceAll('\\\n', '');
  return [...matches(whole, CURL).filter((request) => !request.includes('--cacert ')), ...matches(whole, UNVERIFIED)];
}

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
