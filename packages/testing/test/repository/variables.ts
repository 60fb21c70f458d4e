import { globSync } from 'node:fs';
import { ROOT, sources, textOf } from './workspaces.ts';

/** What users never run: attacks, and what is for tests. */
const NOT_SHIPPED = /^packages\/(?:drills|testing|testing-services)\/|\/test\/|\.test\.ts$/;
const NAME = '[A-Za-z]\\w+';

/** How code reads a variable. */
const IN_CODE: readonly RegExp[] = [
  // a group of configuration
  /\bvariable\(\s*['"](\w+)['"]/g,
  // the environment itself, in an argument or not; a name that is put together has a star for what is put in
  new RegExp(`\\benv(?:ironment)?(?:\\?\\.)?\\[['"\`](${NAME}(?:\\$\\{[^\`]*\\}\\w*)?)['"\`]\\]`, 'g'),
  /\benv(?:\?)?\.([A-Z]\w*|npm_\w+|https?_proxy|no_proxy)\b/g,
  // the schema of the engine filter, which has no group
  /^ {2}([A-Z]+_[A-Z_]+): (?:z\.|path\b)/gm,
];
/** `const { A: a, B } = process.env` */
const TAKEN_APART = /\{([^{}]*)\} = (?:process\.)?env\b/g;
/** What compose, HAProxy and shells put in. */
const PUT_IN = /\$\{?([A-Z][A-Z\d_]+)/g;
/** What compose.yaml or the `env` of an image gives to a program. */
const GIVEN = /(?:^(?: {2}| {6})|[{,] )([A-Z][A-Z\d_]*):(?= )/gm;
/** Families of one purpose. */
const FAMILIES: readonly (readonly [pattern: RegExp, family: string])[] = [
  [/^SEAWORTHY_CONTENT_\w+$/, 'SEAWORTHY_CONTENT_*'],
  [/^SEAWORTHY_\w+_PORT$/, 'SEAWORTHY_*_PORT'],
  [/^\w+_IMAGE$/, '*_IMAGE'],
];

/** `env[name]`: nobody can see here what that reads. */
const COMPUTED = /\benv(?:ironment)?(?:\?\.)?\[([a-zA-Z_][^\]]*)\]/g;

/** Every variable that what is shipped reads or is given, with where: `PORT` → `compose.yaml, platform`. */
export function variables(): Record<string, string> {
  const found = new Map<string, Set<string>>();
  for (const file of [...shippedCode(), 'compose.yaml', ...globSync('infra/images/*/*.{yaml,yml,sh,conf,cfg}', { cwd: ROOT })])
    for (const name of variablesIn(file, textOf(file))) found.set(name, (found.get(name) ?? new Set()).add(place(file)));
  return Object.fromEntries([...found].map(([name, places]) => [name, [...places].toSorted().join(', ')]));
}

/** Readings whose name is put together elsewhere: `file: expression`, each once. */
export function computedReads(): string[] {
  const found = shippedCode().flatMap((file) => matches(textOf(file), COMPUTED).map((name) => `${file}: ${name}`));
  return [...new Set(found)].toSorted();
}

/** Names of variables in one file, each once. */
export function variablesIn(file: string, text: string): string[] {
  const isCode = /\.(?:ts|mts|mjs)$/.test(file);
  const patterns = isCode ? IN_CODE : file.endsWith('.yaml') ? [PUT_IN, GIVEN] : [PUT_IN];
  const apart = isCode ? matches(text, TAKEN_APART).flatMap((names) => matches(names, /(?:^|,)\s*(\w+)/g)) : [];
  const own = file.endsWith('image.yaml') ? (text.split(/^env:\n/m)[1] ?? '') : text;
  const plain = own.replaceAll(/^\s*(?:#|\*|\/\/).*$/gm, '');
  const names = [...patterns.flatMap((pattern) => matches(plain, pattern)), ...apart];
  return [...new Set(names.map((name) => family(name.replaceAll(/\$\{[^`]*\}/g, '*'))))];
}

function shippedCode(): string[] {
  return sources().filter((file) => !NOT_SHIPPED.test(file));
}

function family(name: string): string {
  return FAMILIES.find(([pattern]) => pattern.test(name))?.[1] ?? name;
}

/** `apps/catalog/src/main.ts` → `catalog`; `infra/images/haproxy/haproxy.cfg` → `image haproxy`. */
function place(file: string): string {
  const [kind, name = '', image = ''] = file.split('/');
  return kind === 'infra' ? `image ${image}` : name || file;
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, first]) => first ?? '');
}
