import { describe, expect, it } from '@jest/globals';
import { PREDICATES } from '@seaworthy/contracts';
import type { ScanSource } from '@seaworthy/policy';
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
import type { ScanResult } from '../../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
const earlier = new Date('2026-11-20T12:00:00Z');
const INDEX = '2026-11-21T00:53:03.000Z';
const PACKAGE = { ecosystem: 'Debian:13', name: 'glibc', purl: 'pkg:deb/debian/libc6@1?arch=amd64&distro=trixie&upstream=glibc' };
const answered = (source: ScanSource, lastAnswer: Date): ScanResult => ({ source, status: 'answered', lastAnswer, records: [] });
const os = scanOs({
  installed: [{ name: 'libc6', version: '1', arch: 'amd64', source: 'glibc' }],
  answer: { status: 'answered', date: INDEX, packages: { libc6: { version: '2', source: 'glibc' } }, changelogs: {} },
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
  describe('when nobody answered', () => {
    const silent = [
      scanOs({ installed: [], answer: { status: 'unavailable', problem: 'TIMEOUT' }, now }),
      scanNpm({ packages: [{ name: 'pg', version: '8.23.1' }] }),
    ];
    const { scanner, metadata } = vulnerabilitiesPredicate({ scans: silent, startedOn: now, finishedOn: now });

    it('is not empty, which would mean to the standard that nothing was found', () => {
      expect(scanner.result).toEqual([
        { id: 'SEAWORTHY-SOURCE-UNAVAILABLE-debian', severity: [{ method: 'source', score: 'unknown' }] },
        { id: 'SEAWORTHY-SOURCE-UNAVAILABLE-npm', severity: [{ method: 'source', score: 'unknown' }] },
      ]);
    });
    it('is read back as silence without findings, also as it was written before', () => {
      expect(scansOf({ scanner, metadata })).toEqual(silent);
      expect(scansOf({ scanner: { ...scanner, result: [] }, metadata })).toEqual(silent);
    });
    it('is refused where results call a source silent that is said to have answered', () => {
      const sources = silent.map(({ source }) => ({ source, status: source === 'debian' ? 'answered' : 'unavailable' }));
      expect(() => scansOf({ scanner: { ...scanner, sources }, metadata })).toThrow();
    });
  });

  it('hides no finding that is named like a silent source', () => {
    const records = os.records.map((record) => ({ ...record, id: 'SEAWORTHY-SOURCE-UNAVAILABLE-npm' }));
    const scans = [{ ...os, records }, npm];
    expect(scansOf(vulnerabilitiesPredicate({ scans, startedOn: now, finishedOn: now }))).toEqual(scans);
  });

  it('reads records as they were written before, with versions in the purl and the CVE ids as aliases', () => {
    const [record] = os.records;
    const before = { ...record, aliases: ['CVE-2026-1111'], affected: [{ package: PACKAGE, versions: ['1'] }] };
    const predicate = vulnerabilitiesPredicate({ scans: [os], startedOn: now, finishedOn: now });
    const result = [{ id: 'DEBIAN-FIX-glibc-2', annotations: [{ source: 'debian', osv: before }] }];
    expect(scansOf({ ...predicate, scanner: { ...predicate.scanner, result } })).toEqual([{ ...os, records: [before] }]);
  });

  it.each<[string, ScanResult[], string | undefined]>([
    ['the date of the index', [os], INDEX],
    ['the oldest: of the index', [os, answered('npm', now)], INDEX],
    ['the oldest: of an answer', [os, answered('npm', earlier)], earlier.toISOString()],
    ['that of the last answer, of a silent source', [os, { ...npm, lastAnswer: earlier }], earlier.toISOString()],
    ['that of what there was to ask', [os, { source: 'npm', status: 'nothing-to-ask', records: [] }], INDEX],
    ['none while a source has never answered', [os, npm], undefined],
    ['none of a scanner that does not say it', [{ ...answered('npm', now), database: { uri: 'https://trivy.dev' } }], undefined],
    ['none of an index without a date', [{ ...os, database: { version: '' } }], undefined],
    ['none where nobody was asked', [], undefined],
  ])('says how old the knowledge is: %s', (_what, scans, lastUpdate) => {
    const { scanner } = vulnerabilitiesPredicate({ scans, startedOn: now, finishedOn: now });
    expect(scanner.db).toEqual(lastUpdate === undefined ? undefined : { lastUpdate });
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
