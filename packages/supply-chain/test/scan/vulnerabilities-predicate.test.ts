import { describe, expect, it } from '@jest/globals';
import { PREDICATES } from '@seaworthy/contracts';
import {
  decodeStatement,
  generateSigningKeys,
  hasPredicateType,
  scanFacts,
  scanNpm,
  scanOs,
  scansOf,
  signStatement,
  vulnerabilitiesPredicate,
} from '../../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
const os = scanOs({
  installed: [{ name: 'libc6', version: '1', arch: 'amd64', source: 'glibc' }],
  answer: { status: 'answered', date: now.toISOString(), packages: { libc6: { version: '2', source: 'glibc' } }, changelogs: {} },
  now,
});
const npm = scanNpm({
  packages: [{ name: 'pg', version: '8.23.1' }],
  answer: { status: 'unavailable', askedAt: now, problem: 'ENOTFOUND' },
});

describe('vulnerabilitiesPredicate', () => {
  it('survives signing, and says who did not answer', () => {
    const predicate = vulnerabilitiesPredicate({ scans: [os, npm], startedOn: now, finishedOn: now });
    const bundle = signStatement({
      subject: [{ name: 'x', digest: `sha256:${'0'.repeat(64)}` }],
      predicateType: PREDICATES.vulnerabilities,
      predicate,
      key: generateSigningKeys().privateKey,
    });
    const statement = decodeStatement(bundle);
    if (!hasPredicateType(statement, PREDICATES.vulnerabilities)) throw new TypeError('expected vulnerabilities');
    expect(scansOf(statement.predicate)).toEqual([os, npm]);
    expect(scanFacts(scansOf(statement.predicate))).toEqual([
      {
        source: 'debian',
        status: 'answered',
        lastAnswer: now,
        findings: [{ id: 'DEBIAN-FIX-glibc-2', package: 'glibc', severity: 'unknown', fixedVersion: '2' }],
      },
      { source: 'npm', status: 'unavailable', findings: [] },
    ]);
  });
  it("refuses another scanner's, which says nothing about who answered", () => {
    expect(() =>
      scansOf({
        scanner: { uri: 'https://example.org', result: [] },
        metadata: { scanStartedOn: now.toISOString(), scanFinishedOn: now.toISOString() },
      }),
    ).toThrow();
  });
});
