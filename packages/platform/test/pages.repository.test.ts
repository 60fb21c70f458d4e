import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { CacheConfig } from '../src/cache/index.ts';
import { DatabaseConfig } from '../src/database/index.ts';
import { MessagingConfig } from '../src/messaging/index.ts';
import { ServiceConfig } from '../src/service/service.config.ts';

const PACKAGE = join(import.meta.dirname, '..');
const DOCS = join(PACKAGE, '../../docs/reference');
const { exports } = JSON.parse(textOf(PACKAGE, 'package.json')) as { exports: Record<string, string> };
/** Entry points by the name of their page; `workload-token` is a shorter way to one of `auth`. */
const MODULES = Object.entries(exports)
  .filter(([entry]) => entry !== './workload-token')
  .map(([entry, file]): [string, string] => [entry === '.' ? 'service' : entry.slice(2), file]);
const overview = textOf(DOCS, 'platform.md');
const source = globSync('{src,test/alone,test/fixtures}/**/*.ts', { cwd: PACKAGE })
  .map((file) => textOf(PACKAGE, file))
  .join('\n');
const GROUPS = { service: ServiceConfig, database: DatabaseConfig, cache: CacheConfig, messaging: MessagingConfig };
/** Others': what pages name besides the platform's own. */
const OTHERS = new Set(['BrokenCircuitError', 'BulkheadRejectedError', 'TaskCancelledError', 'SECRETS_DIRECTORY', 'TRUST_DIRECTORY']);

describe('the pages about the platform', () => {
  it('are one for each module, and the overview leads to all of them', () => {
    const pages = globSync('*.md', { cwd: join(DOCS, 'platform') }).map((page) => page.replace('.md', ''));
    expect(pages.toSorted()).toEqual(MODULES.map(([name]) => name).toSorted());
    for (const page of pages) expect(overview).toContain(`(platform/${page}.md)`);
  });

  it.each(MODULES)('%s: names all that it exports, and quotes code that is tested', async (name, file) => {
    const page = textOf(DOCS, 'platform', `${name}.md`);
    expect(page).toMatch(
      name === 'service' ? /quoted: .*ten-lines\.service\.ts/ : `quoted: packages/platform/test/alone/${name}.example.ts`,
    );
    // what the one entry point gathers has its place on the page of its module
    const text = name === 'service' ? MODULES.map(([module]) => textOf(DOCS, 'platform', `${module}.md`)).join('\n') : page;
    // oxlint-disable-next-line no-unsanitized/method -- an entry point of this package
    const names = Object.keys((await import(join(PACKAGE, file))) as object);
    expect(names.filter((exported) => !new RegExp(`\\b${exported}\\b`).test(text))).toEqual([]);
  });

  it.each(MODULES)('%s: names nothing that is not there', (name) => {
    const prose = textOf(DOCS, 'platform', `${name}.md`).replaceAll(/^```[\s\S]*?^```/gm, '');
    const words = [...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.match(/\b[A-Za-z]\w*(?:[a-z][A-Z]|_)\w*\b/g) ?? []);
    expect(words.filter((word) => !OTHERS.has(word) && !new RegExp(`\\b${word}\\b`).test(source))).toEqual([]);
  });

  it.each(Object.entries(GROUPS))('%s: has every variable with its default, and every secret', (name, { fields }) => {
    const page = textOf(DOCS, 'platform', `${name}.md`);
    for (const { from, name: field, schema } of Object.values(fields)) {
      const { data, success } = schema.safeParse(undefined);
      const value = success && data !== undefined ? ` \`${data as string | number}\` ` : ' ';
      expect(page).toContain(from === 'secret' ? `secret \`${field}\`` : `| \`${field}\` |${value}|`);
    }
  });

  it.each(MODULES.filter(([name]) => name !== 'service'))('%s: can be taken alone, and brings what the overview says', (name, file) => {
    const { files, packages } = closureOf(join(PACKAGE, file));
    expect(files.filter((path) => path.includes('/src/service/') && !path.endsWith('/service.config.ts'))).toEqual([]);
    const [, told = ''] = new RegExp(`^\\| \\[\`/${name}\`\\].*\\| (.*) \\|$`, 'm').exec(overview) ?? [];
    const brings = [...told.matchAll(/`([^`]+)`/g)].map(([, one = '']) => one);
    const short = (one: string) => (brings.includes('@opentelemetry/…') ? one.replace(/^@opentelemetry\/.*/, '@opentelemetry/…') : one);
    expect(brings).toEqual([...new Set(packages.map(short))].toSorted());
  });
});

/** What a file loads, directly and not: files of the package, and packages of others. */
function closureOf(entry: string): { files: string[]; packages: string[] } {
  const [files, packages, waiting] = [new Set<string>(), new Set<string>(), [entry]];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const from of loadedBy(textOf(file))) {
      if (from.startsWith('.')) waiting.push(join(dirname(file), from));
      else if (!from.startsWith('node:') && !from.startsWith('@seaworthy/'))
        packages.add(from.split('/', from.startsWith('@') ? 2 : 1).join('/'));
    }
  }
  return { files: [...files], packages: [...packages] };
}

/** Where the statements of a file import from, but for those that are of types alone. */
function loadedBy(text: string): string[] {
  const statements = [...text.matchAll(/^(?:import|export) [^;]*;/gm)].map(([statement]) => statement);
  return statements
    .filter((statement) => !/^\w+ type /.test(statement))
    .flatMap((statement) => /(?:from|import) '([^']+)';$/.exec(statement)?.[1] ?? []);
}

function textOf(...path: string[]): string {
  return readFileSync(join(...path), 'utf8');
}
