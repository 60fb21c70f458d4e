import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { composeFacts } from '../../src/runtime/index.ts';
import { parseComposeService } from '../../src/runtime/compose-file.ts';
import { judgeContainer } from '../../src/runtime/index.ts';
import { loadRuntimePolicy } from '../../src/runtime/index.ts';
import type { Allowance, RuntimePolicy } from '../../src/runtime/index.ts';
import { SeccompProfiles } from '../../src/runtime/index.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const RULES = readdirSync(join(ROOT, 'infra/policies/runtime')).map((file) => basename(file, '.yaml'));

const EXAMPLE_PROFILE = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] };
const allowed: Allowance = {
  tier: 'public',
  seccomp: 'example',
  networks: ['own'],
  ports: [8443n],
  writes: ['data'],
  tmpfs: ['/tmp'],
  restart: 'unless-stopped',
  engine: false,
  outside: false,
  memoryBytes: 256n << 20n,
  cpus: 1,
  pids: 128n,
  openFiles: 4096n,
  tmpfsBytes: 16n << 20n,
  sharedMemoryBytes: 16n << 20n,
  logBytes: 20n << 20n,
};

/** Meets every rule; each example is laid over it. */
const SOUND = {
  pull_policy: 'never',
  user: '65532:65532',
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true', 'seccomp:example.json'],
  mem_limit: '256m',
  memswap_limit: '256m',
  cpus: 1,
  pids_limit: 128,
  ulimits: { nofile: 4096 },
  ipc: 'none',
  networks: ['own'],
  dns: ['127.0.0.1'],
  restart: 'unless-stopped',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '2' } },
};

describe('the rules of the runtime profile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runtime-rules-'));
  writeFileSync(join(folder, 'example.json'), JSON.stringify(EXAMPLE_PROFILE, undefined, 2));
  writeFileSync(join(folder, 'altered.json'), JSON.stringify({ ...EXAMPLE_PROFILE, defaultAction: 'SCMP_ACT_ALLOW' }));
  const profiles = new SeccompProfiles({ example: EXAMPLE_PROFILE });
  let policy: RuntimePolicy;

  beforeAll(async () => {
    policy = { ...(await loadRuntimePolicy(ROOT)), containers: { example: allowed } };
  });

  const codes = (example: object): string[] => {
    const merged: Record<string, unknown> = { ...SOUND, ...example };
    // compose refuses both at once
    if ('network_mode' in merged) delete merged['networks'];
    const service = parseComposeService('example', merged);
    return judgeContainer(policy, composeFacts('example', service, { folder, profiles })).map(({ code }) => code);
  };

  it('are all met by one container, so that each example breaks one alone', () => {
    expect(codes({})).toEqual([]);
  });

  describe.each(RULES)('%s', (name) => {
    const rule = () => policy.rules.find(({ file }) => basename(file, '.yaml') === name)!;

    it('lets its good examples pass, all rules considered', () => {
      for (const example of rule().good) expect({ example, codes: codes(example) }).toEqual({ example, codes: [] });
    });

    it('refuses each of its bad examples, and says what was found', () => {
      for (const example of rule().bad)
        expect({ example, codes: codes(example) }).toEqual({ example, codes: expect.arrayContaining([rule().code]) });
    });
  });

  it('have a code each', () => {
    expect(new Set(policy.rules.map(({ code }) => code)).size).toBe(policy.rules.length);
  });

  it('are all explained', () => {
    const page = readFileSync(join(ROOT, 'docs/reference/runtime-profile.md'), 'utf8');
    expect(policy.rules.map(({ code }) => code).filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([]);
  });

  it('do not know a container that is not declared', () => {
    const facts = composeFacts('stranger', parseComposeService('stranger', SOUND), { folder, profiles });
    expect(judgeContainer(policy, facts).map(({ code }) => code)).toEqual(['CONTAINER_NOT_DECLARED']);
  });
});
