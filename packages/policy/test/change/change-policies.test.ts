import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { judgeLicences, judgeSecrets, loadChangePolicies, protectedAmong, type ChangePolicies } from '../../src/change/index.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const repositoryPolicies = resolve(import.meta.dirname, '../../../../infra/policies');

describe('the policies over a change', () => {
  let policies: ChangePolicies;
  beforeAll(async () => {
    policies = await loadChangePolicies(repositoryPolicies);
  });

  describe('licences', () => {
    const shipped = { name: 'left-pad', version: '1.3.0', file: 'package-lock.json', line: 7 };
    const rules = (licence: string | undefined, now = NOW) =>
      judgeLicences(policies.licences, [{ ...shipped, ...(licence === undefined ? {} : { licence }) }], now).map(({ rule }) => rule);

    it('allows what the list names', () => expect(rules('(WTFPL OR MIT)')).toEqual([]));
    it('refuses any other', () => expect(rules('GPL-3.0-only')).toEqual(['LICENCE_NOT_ALLOWED']));
    it.each([undefined, 'SEE LICENSE IN LICENSE', 'UNLICENSED OR'])('refuses what nobody can read: %s', (licence) => {
      expect(rules(licence)).toEqual(['LICENCE_UNKNOWN']);
    });
    it('says where it is and what to do', () => {
      const [finding] = judgeLicences(policies.licences, [{ ...shipped, licence: 'GPL-3.0-only' }], NOW);
      expect(finding).toMatchObject({ file: 'package-lock.json', line: 7 });
      expect(finding?.message).toMatch(/expected left-pad@1\.3\.0 .* found GPL-3\.0-only; .*infra\/policies\/licences\.yaml/);
    });

    describe('when an exception names the package', () => {
      const openpgp = { ...shipped, name: 'openpgp', licence: 'LGPL-3.0+' };
      const judged = (change: object, now = NOW) =>
        judgeLicences(policies.licences, [{ ...openpgp, ...change }], now).map(({ rule }) => rule);
      it('allows it, for that licence', () => expect(judged({})).toEqual([]));
      it('refuses it under another licence', () => expect(judged({ licence: 'AGPL-3.0-only' })).toEqual(['LICENCE_NOT_ALLOWED']));
      it('refuses it once the exception has ended', () => {
        expect(judged({}, new Date('2027-11-30T23:00:00Z'))).toEqual([]);
        expect(judged({}, new Date('2027-12-01T00:00:00Z'))).toEqual(['LICENCE_EXCEPTION_EXPIRED']);
      });
    });
  });

  describe('secrets', () => {
    const found = { file: 'apps/x/src/main.ts', line: 3, rule: 'aws-access-token', description: 'AWS', sha256: 'a'.repeat(64) };
    const exception = { ...found, reason: 'an example of the manual', owner: 'security', expires: '2027-01-31' };
    const judged = (change: object, now = NOW) => judgeSecrets({ exceptions: [{ ...exception, ...change }] }, [found], now).length;

    it('refuses each that nobody has approved, and names its hash', () => {
      const [finding] = judgeSecrets(policies.secrets, [found], NOW);
      expect(finding).toMatchObject({ file: found.file, line: 3, rule: 'SECRET_FOUND (aws-access-token)' });
      expect(finding?.message).toContain(found.sha256);
    });
    it('passes over one that an exception names', () => expect(judged({})).toBe(0));
    it.each([
      ['the exception has ended', { expires: '2026-11-22' }],
      ['the text is another', { sha256: 'b'.repeat(64) }],
      ['it lies in another file', { file: 'apps/y/src/main.ts' }],
      ['another rule found it', { rule: 'github-pat' }],
    ])('refuses it when %s', (_what, change) => expect(judged(change)).toBe(1));
  });

  describe('protected paths', () => {
    it('hold what decides about everything else', () => {
      const files = ['infra/policies/source.yaml', 'pipelines/pipeline.yaml', 'apps/pipeline/src/main.ts', 'CODEOWNERS', 'compose.yaml'];
      expect(protectedAmong(policies.source, [...files, 'apps/catalog/src/main.ts', 'README.md'])).toEqual(files.toSorted());
    });
    it('do not hold what is only named alike', () => {
      expect(protectedAmong(policies.source, ['pipelines.md', 'docs/pipelines/x.md', 'apps/pipeline2/x.ts', 'CODEOWNERS.md'])).toEqual([]);
    });
  });
});
