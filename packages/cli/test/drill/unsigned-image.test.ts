import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadDrill, runDrill } from '@seaworthy/drills';
import type { DrillPlatform } from '@seaworthy/drills';
import { MEDIA_TYPES, OciLayout, RegistryClient } from '@seaworthy/oci';
import { generateSigningKeys, verifyRelease } from '@seaworthy/supply-chain';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';

describe('the attack that each start shows', () => {
  let storage: MemoryRegistry;
  let registry: RegistryClient;
  let layoutDir: string;
  beforeEach(async () => {
    storage = await MemoryRegistry.start();
    registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    layoutDir = mkdtempSync(join(tmpdir(), 'node-'));
    const layout = await OciLayout.create(layoutDir);
    const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } };
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, layers: [] };
    const described = { ...manifest, config: await layout.writeJson(config, MEDIA_TYPES.imageConfig) };
    await layout.setRef('node', await layout.writeJson(described, MEDIA_TYPES.imageManifest));
  });
  afterEach(async () => {
    await registry.close();
    await storage.stop();
    rmSync(layoutDir, { recursive: true });
  });

  it('is refused each time, and leaves no more in the registry than the first one did', async () => {
    const drill = await loadDrill('unsigned-image');
    const attack = async () => runDrill('unsigned-image', drill, platformWith(registry, layoutDir), 'present');
    expect(await attack()).toMatchObject({ code: 'SIGNATURE_MISSING', facts: { 'blobs downloaded': 0 }, passed: true });
    const kept = [...storage.blobs.keys(), ...storage.manifests.keys()];
    expect(await attack()).toMatchObject({ code: 'SIGNATURE_MISSING', passed: true });
    expect([...storage.blobs.keys(), ...storage.manifests.keys()]).toEqual(kept);
  });
});

/** What this drill asks of a platform: its registry, and deploy, as far as it comes without a verdict. */
function platformWith(registry: RegistryClient, layoutDir: string): DrillPlatform {
  const { publicKey } = generateSigningKeys();
  const lines: Record<string, unknown>[] = [];
  // the registry of this test has no door: of its log, what the drill itself asks for
  const door = { resolve: async (repository: string, reference: string) => void lines.push({ repository, reference, status: 401 }) };
  return {
    registry: (token?: unknown) => (token === undefined ? door : registry),
    workload: () => async () => '',
    layoutDir: () => layoutDir,
    logs: async () => lines,
    deploy: async (repository: string, tag: string) => {
      const { digest } = await registry.resolve(repository, tag);
      await verifyRelease({ registry, repository, digest, trust: { signers: { gatekeeper: publicKey } }, maxAgeSeconds: 60 });
      throw new Error('expected a refusal');
    },
  } as unknown as DrillPlatform;
}
