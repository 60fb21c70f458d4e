import { describe, expect, it } from '@jest/globals';
import { importedScans, importGrype, importTrivy, scansOf, vulnerabilitiesPredicate } from '../../src/index.ts';

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
            package: { ecosystem: 'Debian:13', name: 'libssl3t64', purl: trivy.Results[0]?.Vulnerabilities?.[0]?.PkgIdentifier.PURL },
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

describe('importedScans', () => {
  it('gives each source what is its own, ready to be signed', () => {
    const scans = importedScans([...importTrivy(trivy, now), ...importGrype(grype, now)], { reportedAt: now, uri: 'https://trivy.dev' });
    expect(scans.map(({ source, status, records }) => [source, status, records.map(({ id }) => id)])).toEqual([
      ['debian', 'answered', ['CVE-2026-1111']],
      ['npm', 'answered', ['GHSA-aaaa-bbbb-cccc']],
    ]);
    expect(scansOf(vulnerabilitiesPredicate({ scans, startedOn: now, finishedOn: now }))).toEqual(scans);
  });
});
