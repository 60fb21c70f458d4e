import { describe, expect, it } from '@jest/globals';
import { scanOs } from '../../src/index.ts';
import type { DistributionAnswer } from '../../src/index.ts';

const now = new Date('2026-11-23T12:00:00Z');
const installed = [
  { name: 'libssl3t64', version: '3.5.1-1', arch: 'amd64', source: 'openssl' },
  { name: 'libc6', version: '2.41-12', arch: 'amd64', source: 'glibc' },
  { name: 'zlib1g', version: '1:1.3.1-1', arch: 'amd64', source: 'zlib' },
];
const answer = (versions: Record<string, [string, string]>, changelogs: Record<string, string> = {}): DistributionAnswer => ({
  status: 'answered',
  date: '2026-11-21T00:53:03.000Z',
  packages: Object.fromEntries(Object.entries(versions).map(([name, [version, source]]) => [name, { version, source }])),
  changelogs,
});

describe('scanOs', () => {
  describe('when the security suite has a newer version', () => {
    const changelog = [
      'openssl (3.5.1-1+deb13u2) trixie-security; urgency=medium',
      '',
      '  * CVE-2026-1111, CVE-2026-0002',
      '',
      'openssl (3.5.1-1+deb13u1) trixie-security; urgency=medium',
      '',
      '  * CVE-2026-1111 (again)',
      '',
      'openssl (3.5.1-1) unstable; urgency=medium',
      '',
      '  * CVE-2025-9999',
      '',
    ].join('\n');
    const scan = (changelogs: Record<string, string> = {}) =>
      scanOs({
        installed,
        answer: answer({ libssl3t64: ['3.5.1-1+deb13u2', 'openssl'], libc6: ['2.41-12', 'glibc'] }, changelogs),
        now,
      });

    it('is a finding with the fixed version, and nothing else is', () => {
      const { status, records, lastAnswer } = scan();
      expect({ status, lastAnswer }).toEqual({ status: 'answered', lastAnswer: now });
      expect(records).toHaveLength(1);
      expect(records[0]).toMatchObject({ id: 'DEBIAN-FIX-openssl-3.5.1-1+deb13u2', database_specific: { severity: 'unknown' } });
      expect(records[0]).not.toHaveProperty('upstream');
    });
    it('carries the CVE ids of the changelog entries that are newer than what is installed', () => {
      expect(scan({ openssl: changelog }).records[0]?.upstream).toEqual(['CVE-2026-0002', 'CVE-2026-1111']);
    });
  });

  describe('when the security suite knows older or equal versions only', () => {
    it('answers without findings', () => {
      expect(scanOs({ installed, answer: answer({ libc6: ['2.41-12', 'glibc'], zlib1g: ['1.9', 'zlib'] }), now })).toMatchObject({
        status: 'answered',
        records: [],
      });
    });
  });

  describe('when the index could not be had', () => {
    it('is unavailable with the date of the last answer, and never clean', () => {
      const silent: DistributionAnswer = { status: 'unavailable', problem: 'ENOTFOUND' };
      const previousAnswer = new Date('2026-11-01T00:00:00Z');
      expect(scanOs({ installed, answer: silent, now, previousAnswer })).toEqual({
        source: 'debian',
        status: 'unavailable',
        records: [],
        lastAnswer: previousAnswer,
        problem: 'ENOTFOUND',
      });
      expect(scanOs({ installed, answer: silent, now })).not.toHaveProperty('lastAnswer');
    });
  });
});
