import { describe, expect, it } from '@jest/globals';
import { readScanReport } from '../../src/index.ts';

const image = { digest: `sha256:${'d'.repeat(64)}`, configDigest: `sha256:${'c'.repeat(64)}` } as const;
const other = `sha256:${'0'.repeat(64)}`;
const reportedAt = '2026-11-23T12:00:00.123456789+01:00';
const trivy = (metadata: object, change: object = {}) => ({
  SchemaVersion: 2,
  CreatedAt: reportedAt,
  Metadata: metadata,
  Results: [],
  ...change,
});
const grype = (target: object, change: object = {}) => ({
  matches: [],
  source: { type: 'image', target },
  descriptor: { name: 'grype', timestamp: reportedAt },
  ...change,
});

describe('readScanReport', () => {
  it.each([
    ['https://trivy.dev', trivy({ ImageID: image.configDigest })],
    ['https://trivy.dev', trivy({ ImageID: other, RepoDigests: [`registry:5443/release/catalog@${image.digest}`] })],
    ['https://github.com/anchore/grype', grype({ imageID: image.configDigest })],
    ['https://github.com/anchore/grype', grype({ manifestDigest: image.digest })],
    ['https://github.com/anchore/grype', grype({ repoDigests: [`x@${other}`, `release/catalog@${image.digest}`] })],
  ])('knows its scanner (%s), its date, and that it is about the image: %j', (uri, report) => {
    expect(readScanReport(report, image)).toEqual({ uri, reportedAt: new Date(reportedAt), records: [] });
  });

  it.each([
    trivy({ ImageID: other, RepoDigests: null }),
    trivy({}),
    grype({ imageID: other, manifestDigest: other }),
    grype({ userInput: 'catalog:latest' }),
  ])('refuses one about another image: %j', (report) => {
    expect(() => readScanReport(report, image)).toThrow(expect.objectContaining({ code: 'REPORT_ELSEWHERE' }));
  });

  it.each([
    null,
    {},
    trivy({ ImageID: image.configDigest }, { SchemaVersion: 1 }),
    trivy({ ImageID: image.configDigest }, { CreatedAt: undefined }),
    grype({ imageID: image.configDigest }, { matches: 'none' }),
    grype({ imageID: image.configDigest }, { descriptor: { name: 'grype' } }),
  ])('refuses what is no report of theirs, or has no date: %j', (report) => {
    expect(() => readScanReport(report, image)).toThrow(expect.objectContaining({ code: 'REPORT_MALFORMED' }));
  });
});
