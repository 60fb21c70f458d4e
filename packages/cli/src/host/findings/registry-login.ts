import type { Finding } from './finding.ts';
import { head } from './head.ts';

/** Of package-lock.json, and public: whoever serves packages without a login serves this one. */
const PACKAGE = 'typescript';
const EXPECTED = 'an npm registry that serves packages without a login';

/** What a registry answers somebody without credentials: the status of HTTP. */
export type StatusProbe = (url: string) => Promise<number>;

/**
 * Whether the pipeline's jobs can fetch from the user's registry: no token of theirs ever reaches a job. A warning, since packages that were
 * fetched before are still there. One that does not answer at all is told of elsewhere (`network`).
 */
export async function examineRegistryLogin(registry: string, probe: StatusProbe = askStatus): Promise<Finding[]> {
  if (!URL.canParse(registry)) return [];
  const url = new URL(PACKAGE, registry.endsWith('/') ? registry : `${registry}/`);
  const status = await probe(url.href).catch(() => undefined);
  if (status === undefined) return [];
  if (status !== 401 && status !== 403) return [{ id: 'npm registry', level: 'ok', expected: EXPECTED, found: `${url.host} does` }];
  return [
    {
      id: 'npm registry',
      level: 'warning',
      expected: EXPECTED,
      found: `${url.host} wants one (${status}), and no token reaches a job: the pipeline's fetch will fail`,
      remedy: 'npm config set registry, of this clone or of all, to a mirror that serves your network without one',
    },
  ];
}

const askStatus: StatusProbe = async (url) => (await head(url)).status;
