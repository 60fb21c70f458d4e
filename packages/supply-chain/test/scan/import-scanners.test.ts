import { describe, expect, it } from '@jest/globals';
import { importedScans, importGrype, importTrivy, scansOf, vulnerabilitiesPredicate } from '../../src/index.ts';
import type { ScanResult } from '../../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
// shortened from reports of the tools' documented schemas: Trivy's SchemaVersion 2, Grype's document of 0.9x
const trivy = {
  SchemaVersion: 2,
  ArtifactName: 'catalog',
  Results: [
    {
      Target: 'catalog (debian 13.0)',
      Class: 'os-pkgs',
      Type: 'debian',
      Vulnerabilities: [
        {
          VulnerabilityID: 'CVE-2026-1111',
          PkgName: 'libssl3t64',
          PkgIdentifier: { PURL: 'pkg:deb/debian/libssl3t64@3.5.1-1?arch=amd64&distro=debian-13.0' },
          InstalledVersion: '3.5.1-1',
          FixedVersion: '3.5.1-1+deb13u1',
          Status: 'fixed',
          PrimaryURL: 'https://avd.aquasec.com/nvd/cve-2026-1111',
          Title: 'openssl: reads too far',
          Severity: 'HIGH',
        },
      ],
    },
    { Target: 'Node.js', Class: 'lang-pkgs', Type: 'node-pkg' },
  ],
};
const grype = {
  matches: [
    {
      vulnerability: {
        id: 'GHSA-aaaa-bbbb-cccc',
        dataSource: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
        severity: 'Medium',
        fix: { versions: ['2.0.0'], state: 'fixed' },
      },
      relatedVulnerabilities: [{ id: 'CVE-2026-2222' }],
      artifact: { name: 'left-pad', version: '1.2.3', type: 'npm', purl: 'pkg:npm/left-pad@1.2.3' },
    },
  ],
  descriptor: { name: 'grype' },
};

describe('importTrivy', () => {
  it('gives OSV records with fixed version and severity', () => {
    expect(importTrivy(trivy, now)).toEqual([
      expect.objectContaining({
        id: 'CVE-2026-1111',
        database_specific: { severity: 'high' },
        affected: [
          {
            package: { ecosystem: 'Debian:13', name: 'libssl3t64', purl: 'pkg:deb/debian/libssl3t64?arch=amd64&distro=debian-13.0' },
            versions: ['3.5.1-1'],
            ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '3.5.1-1+deb13u1' }] }],
          },
        ],
      }),
    ]);
  });
  it('refuses what is no report', () => {
    expect(() => importTrivy({ SchemaVersion: 1 }, now)).toThrow();
    expect(() => importTrivy(grype, now)).toThrow();
  });
});

describe('importGrype', () => {
  it('gives OSV records with the other ids as aliases', () => {
    expect(importGrype(grype, now)).toEqual([
      expect.objectContaining({ id: 'GHSA-aaaa-bbbb-cccc', aliases: ['CVE-2026-2222'], database_specific: { severity: 'medium' } }),
    ]);
  });
  it('refuses what is no report', () => {
    expect(() => importGrype(trivy, now)).toThrow();
  });
});

describe.each([
  ['npm', 'pnpm', { ecosystem: 'npm', purl: 'pkg:npm/thing' }],
  ['debian', 'deb', { ecosystem: 'Debian:13', purl: 'pkg:deb/debian/thing' }],
  ['gobinary', 'go-module', { ecosystem: 'Go', purl: 'pkg:golang/thing' }],
  ['pip', 'python', { ecosystem: 'PyPI', purl: 'pkg:pypi/thing' }],
  ['rustbinary', 'rust-crate', { ecosystem: 'crates.io', purl: 'pkg:cargo/thing' }],
])('a finding in a package that Trivy calls %s and Grype %s', (trivyType, grypeType, expected) => {
  it('is one of its own ecosystem, with a purl also where the report gives none', () => {
    expect(importTrivy(trivyOf(trivyType), now)[0]?.affected[0]?.package).toEqual({ name: 'thing', ...expected });
    expect(importGrype(grypeOf(grypeType), now)[0]?.affected[0]?.package).toEqual({ name: 'thing', ...expected });
  });
});

describe('a finding in a package of a kind that is not known here', () => {
  const refusal = expect.objectContaining({ code: 'ECOSYSTEM_UNKNOWN', message: expect.stringContaining('of type alpine') });
  it('is refused by name, and not taken for one of Debian', () => {
    expect(() => importTrivy(trivyOf('alpine'), now)).toThrow(refusal);
    expect(() => importGrype(grypeOf('alpine'), now)).toThrow(refusal);
    expect(() => importTrivy(trivyOf(undefined), now)).toThrow(expect.objectContaining({ code: 'ECOSYSTEM_UNKNOWN' }));
  });
});

describe('importedScans', () => {
  const both = ['debian', 'npm'] as const;
  const report = { reportedAt: now, uri: 'https://trivy.dev' };
  it('gives each source what is its own, ready to be signed', () => {
    const scans = importedScans([...importTrivy(trivy, now), ...importGrype(grype, now)], { ...report, sources: both });
    expect(scans.map(({ source, status, records }) => [source, status, records.map(({ id }) => id)])).toEqual([
      ['debian', 'answered', ['CVE-2026-1111']],
      ['npm', 'answered', ['GHSA-aaaa-bbbb-cccc']],
    ]);
    expect(scansOf(vulnerabilitiesPredicate({ scans, startedOn: now, finishedOn: now }))).toEqual(scans);
  });
  it('gives the distribution what came with its packages', () => {
    const scans = importedScans(importTrivy(trivyOf('gobinary'), now), { ...report, sources: both });
    expect(scans.map(({ source, records }) => [source, records.length])).toEqual([
      ['debian', 1],
      ['npm', 0],
    ]);
  });
  it('says of a source that was not asked what our own scan said, and never that it answered', () => {
    const own: ScanResult[] = [{ source: 'npm', status: 'unavailable', lastAnswer: now, problem: 'TIMEOUT', records: [] }];
    const records = importTrivy(trivy, now);
    expect(importedScans(records, { ...report, sources: ['debian'], own })[1]).toBe(own[0]);
    expect(importedScans(records, { ...report, sources: ['debian'] })[1]).toMatchObject({ status: 'unavailable', problem: 'not asked' });
  });
  it('refuses findings of a source that was not asked', () => {
    const refusal = expect.objectContaining({ code: 'SOURCE_NOT_ASKED', message: expect.stringContaining('CVE-2026-1111') });
    expect(() => importedScans(importTrivy(trivy, now), { ...report, sources: ['npm'] })).toThrow(refusal);
  });
});

function trivyOf(type: string | undefined): object {
  const found = { VulnerabilityID: 'CVE-2026-3333', PkgName: 'thing', InstalledVersion: '1.0.0', Severity: 'HIGH' };
  return { SchemaVersion: 2, Results: [{ Type: type, Vulnerabilities: [found] }] };
}

function grypeOf(type: string): object {
  return { matches: [{ vulnerability: { id: 'CVE-2026-3333' }, artifact: { name: 'thing', version: '1.0.0', type } }] };
}
