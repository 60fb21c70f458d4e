import { BUILDERS } from '@seaworthy/contracts';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { decide, loadPolicies, type ImageFacts, type Policies } from '../src/index.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const repositoryPolicies = resolve(import.meta.dirname, '../../../infra/policies');

const CHECKS = ['source', 'secrets', 'policies', 'lint', 'format', 'types', 'unit tests', 'contract', 'licences', 'exercise'];
const good: ImageFacts = {
  image: 'catalog',
  kind: 'service',
  now: NOW,
  evidence: [
    { predicate: 'provenance', signer: 'pipeline', issuedAt: hoursAgo(1), builderId: BUILDERS.pipeline },
    { predicate: 'sbom', signer: 'pipeline', issuedAt: hoursAgo(1) },
    { predicate: 'testResult', signer: 'pipeline', issuedAt: hoursAgo(1) },
    { predicate: 'vulnerabilities', signer: 'pipeline', issuedAt: hoursAgo(1) },
  ],
  tests: { passed: true, failed: [], named: CHECKS },
  scans: [
    { source: 'debian', status: 'answered', lastAnswer: hoursAgo(1), findings: [] },
    { source: 'npm', status: 'answered', lastAnswer: hoursAgo(1), findings: [] },
  ],
  parent: { name: 'node', digest: 'sha256:aa', released: true },
};
const goodBase: ImageFacts = {
  ...good,
  image: 'node',
  kind: 'base',
  evidence: good.evidence.map((fact) => ({
    ...fact,
    signer: 'image-builder' as const,
    ...(fact.builderId ? { builderId: BUILDERS.imageBuilder } : {}),
  })),
};
delete goodBase.parent;

const npmScan = (scan: Partial<ImageFacts['scans'][number]>): ImageFacts['scans'] => [good.scans[0]!, { ...good.scans[1]!, ...scan }];
const finding = (severity: 'low' | 'medium' | 'high' | 'critical' | 'unknown') => ({
  id: 'CVE-2026-1',
  package: 'left-pad',
  severity,
  fixedVersion: '2',
});
const withoutParent = ({ parent: _parent, ...facts }: ImageFacts): ImageFacts => facts;
const withoutDate = ({ issuedAt: _issuedAt, ...fact }: ImageFacts['evidence'][number]) => fact;
const withoutBuilder = ({ builderId: _builderId, ...fact }: ImageFacts['evidence'][number]) => fact;

describe('decide', () => {
  let policies: Policies;
  beforeAll(async () => {
    policies = await loadPolicies(repositoryPolicies);
  });
  const codes = (facts: ImageFacts, tier: 'public' | 'internal' | 'restricted' = 'internal') =>
    decide(policies, tier, facts).reasons.map(({ code }) => code);

  describe.each(['public', 'internal', 'restricted'] as const)('when all is well in tier %s', (tier) => {
    it('allows the service and the base image', () => {
      expect(decide(policies, tier, good)).toEqual({ allowed: true, reasons: [], excused: [] });
      expect(decide(policies, tier, goodBase)).toEqual({ allowed: true, reasons: [], excused: [] });
    });
  });

  describe.each(['provenance', 'sbom', 'testResult', 'vulnerabilities'] as const)('when there is no %s', (name) => {
    it('refuses with EVIDENCE_MISSING', () => {
      expect(codes({ ...good, evidence: good.evidence.filter(({ predicate }) => predicate !== name) })).toEqual(['EVIDENCE_MISSING']);
    });
  });

  describe.each<[string, ImageFacts, string[]]>([
    [
      'the image builder signed for a service',
      { ...goodBase, image: 'catalog', kind: 'service', parent: good.parent! },
      Array.from({ length: 4 }, () => 'SIGNER_NOT_ACCEPTED'),
    ],
    [
      'the pipeline signed for a base image',
      { ...withoutParent(good), kind: 'base' },
      Array.from({ length: 4 }, () => 'SIGNER_NOT_ACCEPTED'),
    ],
    [
      'the provenance names another builder',
      { ...good, evidence: [{ ...good.evidence[0]!, builderId: BUILDERS.imageBuilder }, ...good.evidence.slice(1)] },
      ['BUILDER_NOT_ACCEPTED'],
    ],
    [
      'the provenance names no builder',
      { ...good, evidence: [withoutBuilder(good.evidence[0]!), ...good.evidence.slice(1)] },
      ['BUILDER_NOT_ACCEPTED'],
    ],
    [
      'evidence is too old',
      { ...good, evidence: [{ ...good.evidence[0]!, issuedAt: hoursAgo(24 * 60 + 1) }, ...good.evidence.slice(1)] },
      ['EVIDENCE_STALE'],
    ],
    [
      'evidence comes from the future',
      { ...good, evidence: [{ ...good.evidence[0]!, issuedAt: hoursAgo(-1) }, ...good.evidence.slice(1)] },
      ['EVIDENCE_STALE'],
    ],
    [
      'nobody says when the evidence was made',
      { ...good, evidence: [withoutDate(good.evidence[0]!), ...good.evidence.slice(1)] },
      ['EVIDENCE_STALE'],
    ],
    ['a test failed', { ...good, tests: { passed: false, failed: ['smoke'], named: CHECKS } }, ['TESTS_FAILED']],
    ...CHECKS.map((check): [string, ImageFacts, string[]] => [
      `nobody has run the check ${check}`,
      { ...good, tests: { passed: true, failed: [], named: CHECKS.filter((one) => one !== check) } },
      ['CHECK_MISSING'],
    ]),
    ['the base image is not released', { ...good, parent: { ...good.parent!, released: false } }, ['PARENT_NOT_RELEASED']],
    ["a base image's own base is not released", { ...goodBase, parent: { ...good.parent!, released: false } }, ['PARENT_NOT_RELEASED']],
    ['the provenance names no base image', withoutParent(good), ['PARENT_UNKNOWN']],
    ['a service has the name of a base image', { ...good, image: 'haproxy' }, ['NAME_TAKEN']],
    ['a base image has the name of a released service', { ...goodBase, image: 'orders', releasedAs: 'service' }, ['NAME_TAKEN']],
    [
      "a source's last answer is too old",
      { ...good, scans: npmScan({ status: 'unavailable', lastAnswer: hoursAgo(169) }) },
      ['SCAN_UNAVAILABLE'],
    ],
    ['a finding is as severe as the limit', { ...good, scans: npmScan({ findings: [finding('high')] }) }, ['VULNERABILITY_TOO_SEVERE']],
    ['a finding has no severity', { ...good, scans: npmScan({ findings: [finding('unknown')] }) }, ['VULNERABILITY_TOO_SEVERE']],
  ])('when %s', (_what, facts, expected) => {
    it(`refuses with ${expected[0]}`, () => {
      expect(codes(facts)).toEqual(expected);
    });
  });

  describe.each<[string, ImageFacts]>([
    [
      'evidence is as old as the tier allows',
      { ...good, evidence: good.evidence.map((fact) => ({ ...fact, issuedAt: hoursAgo(24 * 60) })) },
    ],
    [
      'a source is away and its last answer is young enough',
      { ...good, scans: npmScan({ status: 'unavailable', lastAnswer: hoursAgo(168) }) },
    ],
    [
      'an image has nothing to ask a source about',
      { ...good, scans: [good.scans[0]!, { source: 'npm', status: 'nothing-to-ask', findings: [] }] },
    ],
    ['a finding is below the limit', { ...good, scans: npmScan({ findings: [finding('medium')] }) }],
    ['a base image is new, and the policy does not name it yet', { ...goodBase, image: 'redis' }],
    ['it is not the first of its name, which the policy does not name', { ...goodBase, image: 'redis', releasedAs: 'base' }],
    ['a name that a service had is kept for a base image now', { ...goodBase, releasedAs: 'service' }],
    ['a service is released under its name', { ...good, releasedAs: 'service' }],
  ])('when %s', (_what, facts) => {
    it('allows it', () => {
      expect(codes(facts)).toEqual([]);
    });
  });

  describe('when a source has never answered', () => {
    const silent = { ...good, scans: [good.scans[0]!] };
    it('allows it under the dated exception, and says so', () => {
      const verdict = decide(policies, 'internal', silent);
      expect(verdict).toMatchObject({ allowed: true, excused: [{ exception: 'npm-advisories-before-first-answer' }] });
    });
    it('refuses it without the exception', () => {
      expect(decide({ ...policies, exceptions: [] }, 'internal', silent).reasons.map(({ code }) => code)).toEqual(['SCAN_UNAVAILABLE']);
    });
    it('refuses it when the exception has expired, and names it', () => {
      const verdict = decide(policies, 'internal', {
        ...silent,
        now: new Date('2027-12-01T00:00:00Z'),
        evidence: good.evidence.map((fact) => ({ ...fact, issuedAt: new Date('2027-12-01T00:00:00Z') })),
        scans: [{ ...good.scans[0]!, lastAnswer: new Date('2027-12-01T00:00:00Z') }],
      });
      expect(verdict.reasons.map(({ code }) => code)).toEqual(['SCAN_UNAVAILABLE', 'EXCEPTION_EXPIRED']);
      expect(verdict.reasons[1]?.message).toContain('npm-advisories-before-first-answer');
    });
  });

  describe('when an exception is for another image', () => {
    it('does not excuse', () => {
      const exception = { ...policies.exceptions[0]!, images: ['orders'] };
      expect(decide({ ...policies, exceptions: [exception] }, 'internal', { ...good, scans: [good.scans[0]!] }).allowed).toBe(false);
    });
  });

  describe('when several things are wrong', () => {
    it('names all of them', () => {
      expect(codes({ ...good, evidence: good.evidence.slice(1), tests: { passed: false, failed: [], named: CHECKS } })).toEqual([
        'EVIDENCE_MISSING',
        'TESTS_FAILED',
      ]);
    });
  });
});
