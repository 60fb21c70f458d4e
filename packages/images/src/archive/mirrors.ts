import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImageError } from '../errors.ts';

/** Base addresses of the two Debian archives that images are made from, without a trailing slash. */
export interface Mirrors {
  debian: string;
  security: string;
}

interface Source {
  uri: string;
  suites: string[];
}

const DEBIAN_SUITES = new Set(['bullseye', 'bookworm', 'trixie', 'forky', 'sid', 'oldstable', 'stable', 'testing', 'unstable']);

/**
 * The machine's own mirrors: SEAWORTHY_DEBIAN_MIRROR and SEAWORTHY_DEBIAN_SECURITY_MIRROR, or else what its apt sources name.
 * Refuses with MIRROR_UNKNOWN where there is neither (Ubuntu, macOS): the project itself names no mirror.
 */
export async function findMirrors(options: { env?: NodeJS.ProcessEnv; aptDir?: string } = {}): Promise<Mirrors> {
  const { env = process.env, aptDir = '/etc/apt' } = options;
  const sources = await aptSources(aptDir);
  const ofSuite = (isSecurity: boolean): string | undefined =>
    sources.find(({ suites }) =>
      suites.some((suite) => DEBIAN_SUITES.has(suite.split('-')[0] ?? '') && suite.endsWith('-security') === isSecurity),
    )?.uri;
  const debian = env['SEAWORTHY_DEBIAN_MIRROR'] || ofSuite(false);
  const security = env['SEAWORTHY_DEBIAN_SECURITY_MIRROR'] || ofSuite(true);
  if (debian && security) return { debian: withoutSlash(debian), security: withoutSlash(security) };
  throw new ImageError({
    code: 'MIRROR_UNKNOWN',
    message:
      `expected a Debian mirror${debian ? ' of the security archive' : ''} in this machine's apt sources (${aptDir}), found none; ` +
      'set SEAWORTHY_DEBIAN_MIRROR and SEAWORTHY_DEBIAN_SECURITY_MIRROR to the addresses of a Debian archive and of its security archive ' +
      '(the folders that hold dists/ and pool/)',
  });
}

async function aptSources(aptDir: string): Promise<Source[]> {
  const listed = await readdir(join(aptDir, 'sources.list.d')).catch(() => []);
  const files = [
    join(aptDir, 'sources.list'),
    ...listed.toSorted((one, other) => (one < other ? -1 : 1)).map((name) => join(aptDir, 'sources.list.d', name)),
  ];
  const sources: Source[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    sources.push(...(file.endsWith('.sources') ? deb822(text) : file.endsWith('.list') ? oneLine(text) : []));
  }
  return sources.filter(({ uri }) => /^https?:\/\//.test(uri));
}

/** sources.list(5), "one-line-style": `deb [options] uri suite component…`. */
function oneLine(text: string): Source[] {
  return text.split('\n').flatMap((line) => {
    const [type, uri, suite] = line
      .replace(/\[[^\]]*\]/, '')
      .trim()
      .split(/\s+/);
    return type === 'deb' && uri && suite ? [{ uri, suites: [suite] }] : [];
  });
}

/** sources.list(5), "deb822-style": stanzas of fields, comment lines anywhere. */
function deb822(text: string): Source[] {
  const stanzas = text.replaceAll(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (name: string): string[] =>
      (new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '').split(/\s+/).filter(Boolean);
    if (!field('Types').includes('deb') || field('Enabled')[0] === 'no') return [];
    return field('URIs').map((uri) => ({ uri, suites: field('Suites') }));
  });
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}
