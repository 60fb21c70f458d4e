import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PREDICATES, TIER_LABEL, type PredicateName, type Signer } from '@seaworthy/contracts';
import { digestOf, MEDIA_TYPES, OciLayout, type Descriptor, type RegistryClient } from '@seaworthy/oci';
import { loadPolicies, type Policies } from '@seaworthy/policy';
import {
  attachBundle,
  attachSourceMaps,
  createSbom,
  generateSigningKeys,
  promote,
  publishBaseImage,
  serviceProvenance,
  signStatement,
  vulnerabilitiesPredicate,
  type Promotion,
  type ScanResult,
  type Trust,
} from '../../src/index.ts';

const COMMIT = 'c'.repeat(40);
/** what every tier asks for, infra/policies/tiers.yaml */
export const CHECKS = ['source', 'secrets', 'policies', 'lint', 'format', 'types', 'unit tests', 'contract', 'licences', 'exercise'];
const SIGNERS = ['pipeline', 'image-builder', 'gatekeeper', 'stranger'] as const;

/** What differs from a candidate about which all is well. */
export interface Candidate {
  name?: string;
  tier?: string | undefined;
  layers?: Buffer[];
  omit?: PredicateName;
  /** the kind that is signed by somebody else */
  foreign?: { predicate: PredicateName; signer: (typeof SIGNERS)[number] };
  /** the kind whose bundle is altered after it was signed */
  altered?: PredicateName;
  /** the kind that is about another image */
  elsewhere?: PredicateName;
  predicates?: Partial<Record<PredicateName, unknown>>;
  base?: Descriptor;
  /** what the provenance names as its source maps */
  sourceMaps?: Buffer;
  /** source maps that lie beside the image; without it: those that are named */
  attachedMaps?: Buffer[];
}

type Keys = Record<(typeof SIGNERS)[number], ReturnType<typeof generateSigningKeys>>;

export type Fixture = Awaited<ReturnType<typeof promotionFixture>>;

export const codes = ({ reasons }: Promotion) => [...new Set(reasons.map(({ code }) => code))];

/** The digests of all blobs that are read while something is done. */
export async function blobsReadBy(registry: RegistryClient, work: () => Promise<unknown>): Promise<string[]> {
  const getBlob = registry.getBlob.bind(registry);
  const read: string[] = [];
  registry.getBlob = async (repository, descriptor) => {
    read.push(descriptor.digest);
    return getBlob(repository, descriptor);
  };
  try {
    await work();
  } finally {
    registry.getBlob = getBlob;
  }
  return read;
}

/** A scan that found nothing, but for what is said. */
export function scanned({ severity, silentSince, at = new Date() }: { severity?: 'critical' | 'low'; silentSince?: Date; at?: Date } = {}) {
  const records = (severity ? [severity] : []).map((one) => ({
    schema_version: '1.7.0' as const,
    id: 'GHSA-aaaa-bbbb-cccc',
    modified: at.toISOString(),
    affected: [{ package: { ecosystem: 'npm', name: 'left-pad', purl: 'pkg:npm/left-pad@1' }, versions: ['1'] }],
    database_specific: { severity: one },
  }));
  return vulnerabilitiesPredicate({
    scans: [
      { source: 'debian', status: 'answered', lastAnswer: new Date(), records: [] },
      {
        source: 'npm',
        status: silentSince ? 'unavailable' : 'answered',
        lastAnswer: silentSince ?? new Date(),
        records,
      },
    ],
    startedOn: at,
    finishedOn: at,
  });
}

/** The registry with a released base image, everybody's keys, and a way to put candidates into staging/. */
export async function promotionFixture(registry: RegistryClient, known: Partial<Keys> = {}) {
  const keys = Object.fromEntries(SIGNERS.map((name) => [name, known[name] ?? generateSigningKeys()])) as Keys;
  const trust: Trust = {
    signers: Object.fromEntries(
      (['pipeline', 'image-builder', 'gatekeeper'] satisfies Signer[]).map((name) => [name, keys[name].publicKey]),
    ),
  };
  const policies: Policies = await loadPolicies(resolve(import.meta.dirname, '../../../../infra/policies'));
  const baseLayer = Buffer.from('the base image');
  const authority = { registry, trust, policies, key: keys.gatekeeper.privateKey };
  const now = () => new Date();
  const scans = (): ScanResult[] => [
    { source: 'debian', status: 'answered', lastAnswer: now(), records: [] },
    { source: 'npm', status: 'answered', lastAnswer: now(), records: [] },
  ];

  const publishBase = async ({
    name = 'node',
    violations = [],
    signer = 'image-builder',
  }: { name?: string; violations?: string[]; signer?: (typeof SIGNERS)[number] } = {}): Promise<Descriptor> => {
    const layout = await OciLayout.create(await mkdtemp(join(tmpdir(), 'seaworthy-layout-')));
    const manifest = await writeImage(layout, [baseLayer], 'restricted');
    await layout.setRef(name, manifest);
    const image = await publishBaseImage({
      registry,
      key: keys[signer].privateKey,
      layoutDir: layout.dir,
      build: {
        name,
        arch: 'amd64',
        manifestDigest: manifest.digest,
        packages: [{ name: 'libc6', version: '1', arch: 'amd64', source: 'glibc', sha256: 'e'.repeat(64) }],
        npm: [],
        indexes: [],
        lockSource: 'repository',
      },
      run: { commit: COMMIT, startedOn: now(), finishedOn: now(), invocationId: 'base' },
      scans: scans(),
      contractViolations: violations,
      tag: COMMIT,
    });
    await rm(layout.dir, { recursive: true });
    return image;
  };

  const stage = async ({
    name = 'catalog',
    layers = [baseLayer, Buffer.from(`the service ${name}`)],
    base = released,
    ...candidate
  }: Candidate = {}): Promise<Descriptor> => {
    const repository = `staging/${name}`;
    const layout = await OciLayout.create(await mkdtemp(join(tmpdir(), 'seaworthy-layout-')));
    const manifest = await writeImage(layout, layers, 'tier' in candidate ? candidate.tier : 'public');
    await layout.setRef(name, manifest);
    const image = await registry.pushLayout(layout, repository, COMMIT);
    await rm(layout.dir, { recursive: true });
    const run = { commit: COMMIT, startedOn: now(), finishedOn: now(), invocationId: 'run-1' };
    const predicates: Partial<Record<PredicateName, unknown>> = {
      provenance: serviceProvenance({
        ...run,
        service: name,
        repositoryUri: 'https://example.org/seaworthy.git',
        parent: { name: 'node', digest: base.digest },
        lockSha256: 'd'.repeat(64),
        ...(candidate.sourceMaps && { sourceMaps: { digest: digestOf(candidate.sourceMaps), size: candidate.sourceMaps.length } }),
      }),
      sbom: createSbom({ image: name, digest: image.digest, os: [], npm: [{ name: 'pg', version: '8.23.1' }] }),
      testResult: { result: 'PASSED', configuration: [], passedTests: policies.tiers.restricted.checks, finishedOn: now().toISOString() },
      vulnerabilities: vulnerabilitiesPredicate({ scans: scans(), startedOn: now(), finishedOn: now() }),
      ...candidate.predicates,
    };
    const kinds = (Object.entries(predicates) as [PredicateName, unknown][]).filter(([predicate]) => predicate !== candidate.omit);
    const attached = kinds.map(async ([predicate, content]) => {
      const signer = candidate.foreign?.predicate === predicate ? candidate.foreign.signer : 'pipeline';
      const about = candidate.elsewhere === predicate ? digestOf('another image') : image.digest;
      const bundle = signStatement({
        subject: [{ name: repository, digest: about }],
        predicateType: PREDICATES[predicate],
        predicate: content,
        key: keys[signer].privateKey,
      });
      await attachBundle(registry, repository, image, candidate.altered === predicate ? alter(bundle) : bundle);
    });
    await Promise.all(attached);
    const maps = candidate.attachedMaps ?? (candidate.sourceMaps ? [candidate.sourceMaps] : []);
    for (const one of maps) await attachSourceMaps(registry, repository, image, one);
    return image;
  };

  let released: Descriptor = { mediaType: MEDIA_TYPES.imageManifest, digest: digestOf('nothing'), size: 0 };
  return {
    keys,
    trust,
    policies,
    authority,
    baseLayer,
    base: () => released,
    publishBase,
    stage,
    async releaseBase(): Promise<Promotion> {
      released = await publishBase();
      return promote(authority, { repository: 'staging/node', digest: released.digest, tag: COMMIT });
    },
    promote: async (image: Descriptor, { name = 'catalog', tag = COMMIT } = {}) =>
      promote(authority, { repository: `staging/${name}`, digest: image.digest, tag }),
    commit: COMMIT,
  };
}

async function writeImage(layout: OciLayout, contents: Buffer[], tier: string | undefined): Promise<Descriptor> {
  const layers: Descriptor[] = [];
  for (const content of contents) layers.push(await layout.writeBlob(content, { mediaType: MEDIA_TYPES.layerTar }));
  const config = await layout.writeJson(
    {
      architecture: 'amd64',
      os: 'linux',
      config: tier === undefined ? {} : { Labels: { [TIER_LABEL]: tier } },
      rootfs: { type: 'layers', diff_ids: contents.map((content) => digestOf(content)) },
    },
    MEDIA_TYPES.imageConfig,
  );
  return layout.writeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers }, MEDIA_TYPES.imageManifest);
}

/** One letter of the payload: the signature no longer fits, and all else does. */
function alter<Bundle>(bundle: Bundle): Bundle {
  const copy = structuredClone(bundle) as { dsseEnvelope: { payload: string } };
  const payload = Buffer.from(copy.dsseEnvelope.payload, 'base64').toString();
  copy.dsseEnvelope.payload = Buffer.from(payload.replace('staging/', 'stAging/')).toString('base64');
  return copy as Bundle;
}
