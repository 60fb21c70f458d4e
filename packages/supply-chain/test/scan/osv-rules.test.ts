import { describe, expect, it } from '@jest/globals';
import { importGrype, importTrivy, scanFacts, scanNpm, scanOs } from '../../src/index.ts';
import type { OsvRecord } from '../../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
const CVES = ['CVE-2026-0001', 'CVE-2026-0002', 'CVE-2026-0003'];
const PURLS = {
  debian: 'pkg:deb/debian/libssl3t64@1%3A3.5.1-1?arch=amd64&distro=debian-13&upstream=openssl%403.5.1',
  npm: 'pkg:npm/%40scope/right@1.0.0',
  written: 'pkg:npm/@scope/right@1.0.0?vcs_url=git@example.org/right',
  unversioned: 'pkg:npm/@scope/right',
};

const ofDebian = scanOs({
  installed: [{ name: 'libssl3t64', version: '3.5.1-1', arch: 'amd64', source: 'openssl' }],
  answer: {
    status: 'answered',
    date: now.toISOString(),
    packages: { libssl3t64: { version: '3.5.1-2', source: 'openssl' } },
    changelogs: { openssl: `openssl (3.5.1-2) trixie-security; urgency=medium\n\n  * ${CVES.join(' ')}\n` },
  },
  now,
}).records;
const ofNpm = scanNpm({
  packages: [{ name: '@scope/right', version: '1.0.0' }],
  answer: {
    status: 'answered',
    answeredAt: now,
    body: { '@scope/right': [{ id: 1099, url: 'https://x/1099', title: 'Too much', severity: 'high', vulnerable_versions: '<2' }] },
  },
}).records;
const ofTrivy = importTrivy(
  {
    SchemaVersion: 2,
    Results: [
      { Type: 'debian', Vulnerabilities: [trivy('libssl3t64', '3.5.1-2', PURLS.debian)] },
      {
        Type: 'node-pkg',
        Vulnerabilities: [
          trivy('@scope/right', '7.5.2, 6.3.1, 5.7.2', PURLS.npm),
          trivy('@scope/right', '>=2.0.1 <3 || >= 4.0.1', PURLS.written),
          trivy('@scope/right', undefined, PURLS.unversioned),
          trivy('right', ''),
        ],
      },
    ],
  },
  now,
);
const ofGrype = importGrype(
  { matches: [grype('deb', 'libssl3t64', ['3.5.1-2'], PURLS.debian), grype('npm', '@scope/right', ['7.5.2', '6.3.1'], PURLS.npm)] },
  now,
);
const records = { ofDebian, ofNpm, ofTrivy, ofGrype };

/** Of schema 1.7: https://ossf.github.io/osv-schema */
const RULES: [string, (record: OsvRecord) => boolean][] = [
  ['the purl has no version', ({ affected }) => affected.every(({ package: { purl } }) => !/[^/]@/.test(purl.replace(/\?.*/, '')))],
  ["a distribution's record has no aliases", (record) => !isOfDebian(record) || record.aliases === undefined],
  ['each event is about one version', (record) => fixedIn(record).every((version) => /^[\d.-]+$/.test(version))],
  ['each range begins', ({ affected }) => affected.every(({ ranges = [] }) => ranges.every(({ events }) => 'introduced' in events[0]!))],
  ['versions are listed beside ranges', ({ affected }) => affected.every(({ versions }) => versions.length > 0)],
];

describe.each(RULES)('in OSV records %s', (_rule, holds) => {
  it.each(Object.entries(records))('%s', (_source, found) => {
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((record) => !holds(record))).toEqual([]);
  });
});

describe('OSV records', () => {
  it('keep of a purl what is no version', () => {
    expect(ofTrivy.map(purlIn)).toEqual([
      'pkg:deb/debian/libssl3t64?arch=amd64&distro=debian-13&upstream=openssl%403.5.1',
      'pkg:npm/%40scope/right',
      'pkg:npm/@scope/right?vcs_url=git@example.org/right',
      'pkg:npm/@scope/right',
      'pkg:npm/right',
    ]);
    expect(ofDebian.map(purlIn)).toEqual(['pkg:deb/debian/libssl3t64?arch=amd64&distro=trixie&upstream=openssl']);
  });
  it("name what a distribution's fix mends as upstream, and the same weakness elsewhere as alias", () => {
    expect(ofDebian).toMatchObject([{ upstream: CVES }]);
    expect(ofGrype.map(({ upstream, aliases }) => ({ upstream, aliases }))).toEqual([
      { upstream: ['CVE-2026-0001'], aliases: undefined },
      { upstream: undefined, aliases: ['CVE-2026-0001'] },
    ]);
  });
  it('have the fix of each branch, and none where the scanner names none', () => {
    expect(ofTrivy.map(fixedIn)).toEqual([['3.5.1-2'], ['7.5.2', '6.3.1', '5.7.2'], [], [], []]);
    expect(ofGrype.map(fixedIn)).toEqual([['3.5.1-2'], ['7.5.2', '6.3.1']]);
    const [facts] = scanFacts([{ source: 'npm', status: 'answered', records: ofTrivy }]);
    expect(facts?.findings[1]).toMatchObject({ fixedVersion: '7.5.2, 6.3.1, 5.7.2' });
  });
});

function isOfDebian({ affected }: OsvRecord): boolean {
  return affected.some(({ package: { ecosystem } }) => ecosystem.startsWith('Debian'));
}

function purlIn({ affected }: OsvRecord): string | undefined {
  return affected[0]?.package.purl;
}

function fixedIn({ affected }: OsvRecord): string[] {
  const events = affected.flatMap(({ ranges = [] }) => ranges.flatMap((range) => range.events));
  return events.flatMap((event) => ('fixed' in event ? [event.fixed] : []));
}

function trivy(name: string, fixed?: string, purl?: string): object {
  const found = { VulnerabilityID: 'CVE-2026-0001', PkgName: name, InstalledVersion: '1.0.0', Severity: 'HIGH' };
  return { ...found, ...(fixed !== undefined && { FixedVersion: fixed }), ...(purl && { PkgIdentifier: { PURL: purl } }) };
}

function grype(type: string, name: string, versions: string[], purl: string): object {
  return {
    vulnerability: { id: 'GHSA-aaaa-bbbb-cccc', severity: 'High', fix: { versions } },
    relatedVulnerabilities: [{ id: 'CVE-2026-0001' }],
    artifact: { name, version: '1.0.0', type, purl },
  };
}
