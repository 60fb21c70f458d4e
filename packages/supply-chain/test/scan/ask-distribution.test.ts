import { describe, expect, it } from '@jest/globals';
import { ImageError } from '@seaworthy/images';
import { askDistribution } from '../../src/index.ts';
import type { DistributionQuestion } from '../../src/index.ts';

const MIRROR = 'http://user:hunter2@mirror.example.org/debian-security';
const installed = [
  { name: 'libssl3t64', version: '3.5.1-1' },
  { name: 'openssl', version: '3.5.1-1' },
  { name: 'libc6', version: '2.41-12' },
  { name: 'made-here', version: '1' },
];
const candidate = (name: string, version: string, source: string) => ({
  name,
  version,
  source,
  archive: 'security' as const,
  path: `pool/${name}.deb`,
  sha256: name,
  size: 1,
  depends: '',
  provides: '',
});
const known = [
  candidate('libssl3t64', '3.5.1-1+deb13u1', 'openssl'),
  candidate('openssl', '3.5.1-1+deb13u1', 'openssl'),
  candidate('libc6', '2.41-12', 'glibc'),
  candidate('curl', '8.14.1-2', 'curl'),
];
const never = async (): Promise<never> => new Promise(() => undefined);
const ask = async (change: Partial<DistributionQuestion['archive']> = {}, timeoutMs = 60_000) => {
  const archive: DistributionQuestion['archive'] = {
    security: async () => ({ date: new Date('2026-11-21T00:53:03Z'), find: (wanted) => known.find(({ name }) => name === wanted) }),
    changelog: async ({ name }) => `changelog of ${name}`,
    ...change,
  };
  return askDistribution({ archive, arch: 'amd64', installed, timeoutMs });
};

describe('askDistribution', () => {
  it('tells what the suite has of what is installed, with the changelog of each source that is outdated', async () => {
    const fetched: string[] = [];
    const changelog = async ({ source }: { source: string }) => {
      fetched.push(source);
      return 'CVE-2026-1111';
    };
    expect(await ask({ changelog })).toEqual({
      status: 'answered',
      date: '2026-11-21T00:53:03.000Z',
      packages: {
        libssl3t64: { version: '3.5.1-1+deb13u1', source: 'openssl' },
        openssl: { version: '3.5.1-1+deb13u1', source: 'openssl' },
        libc6: { version: '2.41-12', source: 'glibc' },
      },
      changelogs: { openssl: 'CVE-2026-1111' },
    });
    expect(fetched).toEqual(['openssl']);
  });

  it.each([
    ['fails', async () => Promise.reject(new Error('gone')), 60_000],
    ['hangs', never, 1],
  ])('answers without a changelog that %s', async (_what, changelog, timeoutMs) => {
    expect(await ask({ changelog }, timeoutMs)).toMatchObject({ status: 'answered', changelogs: {} });
  });

  it('is unavailable when the mirror is, by the code alone: the message names its address, and what is in it', async () => {
    const message = `expected ${MIRROR}/dists/trixie-security/InRelease, found no answer`;
    const security = async () => Promise.reject(new ImageError({ code: 'MIRROR_UNREACHABLE', message }));
    expect(await ask({ security })).toEqual({ status: 'unavailable', problem: 'MIRROR_UNREACHABLE' });
    expect(await ask({ security: async () => Promise.reject(new Error(message)) })).toEqual({
      status: 'unavailable',
      problem: 'no answer',
    });
  });

  it('is unavailable when the mirror hangs', async () => {
    expect(await ask({ security: never }, 1)).toEqual({ status: 'unavailable', problem: 'TIMEOUT' });
  });
});
