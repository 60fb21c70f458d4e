import type { NpmPackage } from '../sbom/packages.ts';

/** The registry's word, or why there is none. */
export type AdvisoryAnswer =
  | { status: 'answered'; answeredAt: Date; body: unknown }
  | { status: 'unavailable'; askedAt: Date; problem: string };

export interface AdvisoryQuestion {
  /** base address of the npm registry, as the user's npm is configured */
  registry: string;
  packages: readonly Pick<NpmPackage, 'name' | 'version'>[];
  /** headers that the registry asks for; never logged, never part of the answer */
  headers?: Record<string, string>;
  timeoutMs?: number;
  /** stands in for the global fetch, which honours HTTPS_PROXY when NODE_USE_ENV_PROXY is 1 */
  fetch?: typeof globalThis.fetch;
}

const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT = 32 * 1024 * 1024;

/**
 * Asks the registry's bulk advisory API (POST /-/npm/v1/security/advisories/bulk), as `npm audit` does. Never throws: a source that
 * does not answer is a fact to be recorded.
 */
export async function fetchAdvisories({
  registry,
  packages,
  headers,
  timeoutMs = TIMEOUT_MS,
  fetch = globalThis.fetch,
}: AdvisoryQuestion): Promise<AdvisoryAnswer> {
  // no plain object: a package may be called constructor, or __proto__
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of packages) versions.set(name, (versions.get(name) ?? new Set()).add(version));
  try {
    const response = await fetch(new URL('-/npm/v1/security/advisories/bulk', registry.endsWith('/') ? registry : `${registry}/`), {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(Object.fromEntries([...versions].map(([name, found]) => [name, [...found]]))),
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
    if (!response.ok) return unavailable(`expected advisories, found HTTP status ${response.status}`);
    const text = await response.text();
    if (text.length > ANSWER_LIMIT) return unavailable(`expected at most ${ANSWER_LIMIT} bytes, found more`);
    return { status: 'answered', answeredAt: new Date(), body: JSON.parse(text) };
  } catch (error) {
    return unavailable(`expected advisories, found none: ${causeOf(error)}`);
  }
}

function unavailable(problem: string): AdvisoryAnswer {
  return { status: 'unavailable', askedAt: new Date(), problem };
}

/** The error's kind alone: messages of network errors hold addresses. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return cause instanceof Error ? cause.name : 'unknown error';
}
