import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PREDICATES } from '@seaworthy/contracts';
import type { Descriptor } from '@seaworthy/oci';
import { RegistryClient } from '@seaworthy/oci';
import { SCAN_SOURCES } from '@seaworthy/policy';
import type { ScanSource } from '@seaworthy/policy';
import { verifyImage } from '@seaworthy/supply-chain';
import { promotionFixture } from '@seaworthy/supply-chain/promotion-fixture';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { attachReport } from '../../src/scan/attach-report.ts';

describe("another scanner's report about a released image", () => {
  let storage: MemoryRegistry;
  let registry: RegistryClient;
  let fixture: Awaited<ReturnType<typeof promotionFixture>>;
  let catalog: Descriptor;
  beforeEach(async () => {
    storage = await MemoryRegistry.start();
    registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    fixture = await promotionFixture(registry);
    await fixture.releaseBase();
    catalog = await fixture.stage();
    expect(await fixture.promote(catalog)).toMatchObject({ allowed: true });
  });
  afterEach(async () => {
    await registry.close();
    await storage.stop();
  });

  const attach = async (name: string, content: object, sources: readonly ScanSource[] = SCAN_SOURCES) => {
    const { keys, trust } = fixture;
    const signingKey = (builder: 'pipeline' | 'image-builder') => keys[builder].privateKey;
    return attachReport({ releases: registry, staging: () => registry, signingKey, trust }, name, { content, sources });
  };
  /** As Trivy writes it, of this moment. */
  const trivy = (about: Descriptor, severity?: string, change: object = {}) => ({
    SchemaVersion: 2,
    CreatedAt: new Date().toISOString(),
    Metadata: { RepoDigests: [`release/image@${about.digest}`] },
    Results: [
      {
        Type: 'debian',
        Vulnerabilities: severity && [
          { VulnerabilityID: 'CVE-2026-1111', PkgName: 'libssl3t64', InstalledVersion: '3.5.1-1', Severity: severity },
        ],
      },
    ],
    ...change,
  });

  it('has it refused for what its tier does not accept, by name', async () => {
    expect(await attach('catalog', trivy(catalog, 'CRITICAL'))).toMatchObject({ builder: 'pipeline', digest: catalog.digest });
    expect(await fixture.promote(catalog)).toMatchObject({ allowed: false, reasons: [{ finding: 'CVE-2026-1111', source: 'debian' }] });
  });

  it('has it let pass with what its tier accepts, and the finding in the evidence of the release', async () => {
    await attach('catalog', trivy(catalog, 'LOW'));
    expect(await fixture.promote(catalog)).toMatchObject({ allowed: true });
    const again = await attach('catalog', trivy(catalog), ['npm']);
    expect(again.scans).toMatchObject([
      { source: 'debian', records: [{ id: 'CVE-2026-1111' }], database: { uri: 'https://trivy.dev' } },
      { source: 'npm', status: 'answered', records: [] },
    ]);
  });

  it('is signed as the findings of the scanner that made it, and not of our own', async () => {
    const { repository, digest } = await attach('catalog', trivy(catalog, 'LOW'));
    const requirements = [{ predicateType: PREDICATES.vulnerabilities, signers: ['pipeline'] as const }];
    const { evidence } = await verifyImage({ registry, repository, digest, trust: fixture.trust, requirements });
    expect(evidence[0]?.statement.predicate).toMatchObject({ scanner: { uri: 'https://trivy.dev' } });
  });

  it('is signed by the image builder when it is about a base image', async () => {
    const node = await registry.resolve('release/node', 'main');
    expect(await attach('node', trivy(node, 'CRITICAL'))).toMatchObject({ repository: 'staging/node', builder: 'image-builder' });
    expect(await fixture.promote(node, { name: 'node' })).toMatchObject({ allowed: false, reasons: [{ finding: 'CVE-2026-1111' }] });
  });

  it.each([
    ['about another image', (about: Descriptor) => trivy({ ...about, digest: `sha256:${'0'.repeat(64)}` }), 'REPORT_ELSEWHERE'],
    ['older than the last scan', (about: Descriptor) => trivy(about, 'LOW', { CreatedAt: '2026-01-01T00:00:00Z' }), 'VERIFICATION_FAILED'],
    ['from the future', (about: Descriptor) => trivy(about, 'LOW', { CreatedAt: '2126-01-01T00:00:00Z' }), 'VERIFICATION_FAILED'],
  ])('is refused when it is %s, and nothing is attached', async (_what, report, code) => {
    const kept = storage.blobs.size;
    await expect(attach('catalog', report(catalog))).rejects.toMatchObject({ code });
    expect(storage.blobs.size).toBe(kept);
  });
});
