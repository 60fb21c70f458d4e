import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadPolicies } from '../src/index.ts';

const repositoryPolicies = resolve(import.meta.dirname, '../../../infra/policies');

describe('loadPolicies', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'seaworthy-policies-'));
    await cp(repositoryPolicies, dir, { recursive: true });
  });
  afterEach(() => rm(dir, { recursive: true }));

  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(dir, file), 'utf8');
    expect(text).toContain(from);
    await writeFile(join(dir, file), text.replace(from, to));
  };

  describe("when they are the repository's own", () => {
    it('reads them, with a digest of what was read', async () => {
      const policies = await loadPolicies(dir);
      expect(policies.tiers.public.evidence).toContain('provenance');
      expect(policies.sha256).toMatch(/^[0-9a-f]{64}$/);
      await edit('tiers.yaml', 'evidenceMaxAgeDays: 90', 'evidenceMaxAgeDays: 91');
      expect((await loadPolicies(dir)).sha256).not.toBe(policies.sha256);
    });
  });

  describe.each([
    ['a tier has a misspelt field', 'tiers.yaml', 'evidenceMaxAgeDays: 90', 'evidenceMaxAge: 90', 'tiers.public.evidenceMaxAgeDays'],
    ['no name is kept for base images', 'tiers.yaml', 'baseImages: [base,', 'baseImages: [] # [', 'baseImages'],
    ['a tier is missing', 'tiers.yaml', 'restricted:', 'secret:', 'tiers.restricted'],
    [
      'a tier asks for no evidence',
      'tiers.yaml',
      'evidence: [provenance, sbom, testResult, vulnerabilities]',
      'evidence: []',
      'tiers.public.evidence',
    ],
    ['a builder is unknown', 'tiers.yaml', 'service: [pipeline]', 'service: [laptop]', 'tiers.public.builders.service.0'],
    ['an exception has no end', 'exceptions.yaml', 'expires: 2027-11-30', 'expires: never', 'exceptions.0.expires'],
    ['an exception has no reason', 'exceptions.yaml', 'reason: Some', 'why: Some', 'exceptions.0.reason'],
    ['an exception excuses a failed test', 'exceptions.yaml', 'excuses: SCAN_UNAVAILABLE', 'excuses: TESTS_FAILED', 'exceptions.0.excuses'],
    ['an exception is owned by nobody known', 'exceptions.yaml', 'owner: security', 'owner: nobody', 'exceptions.0.owner'],
    [
      'two exceptions have one id',
      'exceptions.yaml',
      'id: debian-security-before-first-answer',
      'id: npm-advisories-before-first-answer',
      'exceptions.1.id',
    ],
    ['an owner cannot be reached', 'owners.yaml', "contact: '@seaworthy/shop'", "contact: ''", 'owners.shop.contact'],
  ])('when %s', (_what, file, from, to, path) => {
    it('refuses with POLICY_FILE_MALFORMED, naming file and path', async () => {
      await edit(file, from, to);
      const message = expect.stringContaining(`${join(dir, file)}: ${path}`);
      await expect(loadPolicies(dir)).rejects.toMatchObject({ code: 'POLICY_FILE_MALFORMED', message });
    });
  });

  describe('when a file is away', () => {
    it('refuses with POLICY_FILE_MISSING', async () => {
      await rm(join(dir, 'owners.yaml'));
      await expect(loadPolicies(dir)).rejects.toMatchObject({ code: 'POLICY_FILE_MISSING' });
    });
  });

  describe.each([
    ['broken YAML', 'tiers: ['],
    ['a key twice', 'tiers: {}\ntiers: {}'],
    ['an alias', 'a: &a [1]\nb: *a'],
  ])('when a file holds %s', (_what, text) => {
    it('refuses with POLICY_FILE_MALFORMED', async () => {
      await writeFile(join(dir, 'tiers.yaml'), text);
      await expect(loadPolicies(dir)).rejects.toMatchObject({ code: 'POLICY_FILE_MALFORMED' });
    });
  });
});
