import { Readable } from 'node:stream';
import { ENDPOINTS, PREDICATES } from '@seaworthy/contracts';
import { digestOf, MEDIA_TYPES } from '@seaworthy/oci';
import type { Descriptor, RegistryClient } from '@seaworthy/oci';
import { attachBundle, attachSourceMaps, isReleased, serviceProvenance, signStatement } from '@seaworthy/supply-chain';
import type { SigningKey, Trust } from '@seaworthy/supply-chain';
import type { ImageOutcome } from '../runs/run.ts';
import type { SourceFacts } from '../source/judge.commits.ts';
import { GIT_PREFIX } from '../source/git.http.ts';
import type { BuiltImage } from './built.image.ts';
import type { PromotionClient } from './promotion.client.ts';

/** What a run found out; every part of it is a job's word but the commit, the lockfile and the times. */
export interface RunEvidence {
  readonly run: string;
  readonly commit: string;
  readonly lockHash: string;
  readonly source: SourceFacts;
  readonly startedOn: Date;
  /** what passed, in general and for this image */
  readonly checks: (service: string) => readonly string[];
  readonly sbom: (service: string) => unknown;
  readonly vulnerabilities: (service: string) => unknown;
  /** gzip of JSON: what leads from places in its bundles to the sources */
  readonly sourceMaps: (service: string) => Promise<Buffer>;
}

interface PublisherOptions {
  readonly registry: RegistryClient;
  readonly gatekeeper: PromotionClient;
  readonly key: SigningKey;
  readonly trust: Trust;
}

const REPOSITORY_URI = `https://${ENDPOINTS.pipeline.host}:${ENDPOINTS.pipeline.port}${GIT_PREFIX}`;

/** Puts images into staging/, by digest, with the evidence of their run, and asks the gatekeeper to let them pass. */
export class Publisher {
  readonly #options: PublisherOptions;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** An image that is released as it is needs nothing: same input, same digest, same evidence. */
  async isReleased(image: Pick<BuiltImage, 'name' | 'digest'>): Promise<boolean> {
    return isReleased(this.#options, image);
  }

  async publish(image: BuiltImage, evidence: RunEvidence): Promise<void> {
    const repository = `staging/${image.name}`;
    const { registry, key } = this.#options;
    const maps = await evidence.sourceMaps(image.name);
    // all are signed before anything is sent: an image whose evidence nobody would read does not get there
    const bundles = predicates(image, evidence, maps).map(([predicateType, predicate]) =>
      signStatement({ subject: [{ name: repository, digest: image.digest }], predicateType, predicate, key }),
    );
    const subject = await this.#push(image, repository, evidence.commit);
    // together: the registry's list of referrers is written once
    await Promise.all([
      attachSourceMaps(registry, repository, subject, maps),
      ...bundles.map(async (bundle) => attachBundle(registry, repository, subject, bundle)),
    ]);
  }

  async promote({ name, digest }: BuiltImage, commit: string): Promise<ImageOutcome> {
    await this.#options.gatekeeper.promote({ repository: `staging/${name}`, digest, tag: commit });
    return { name, repository: `release/${name}`, digest, reused: false };
  }

  async #push({ parent, manifest, config, layer }: BuiltImage, repository: string, commit: string): Promise<Descriptor> {
    const { registry } = this.#options;
    for (const base of parent.manifest.json.layers) {
      const from = `release/${parent.name}`;
      if (await registry.mountBlob(from, repository, base.digest)) continue;
      await registry.putBlob(repository, {
        digest: base.digest,
        size: base.size,
        stream: () => lazily(() => registry.getBlob(from, base)),
      });
    }
    for (const blob of [layer, config]) await registry.putBlob(repository, blob.bytes, blob.descriptor.mediaType);
    return registry.putManifest(repository, commit, manifest, MEDIA_TYPES.imageManifest);
  }
}

function predicates(image: BuiltImage, evidence: RunEvidence, maps: Buffer): [string, unknown][] {
  const { commit, lockHash, run, source, startedOn } = evidence;
  const build = {
    service: image.name,
    repositoryUri: REPOSITORY_URI,
    commit,
    parent: image.parent,
    lockSha256: lockHash,
    source,
    sourceMaps: { digest: digestOf(maps), size: maps.length },
    invocationId: run,
    startedOn,
    finishedOn: new Date(),
  };
  return [
    [PREDICATES.provenance, serviceProvenance(build)],
    [PREDICATES.sbom, evidence.sbom(image.name)],
    [
      PREDICATES.testResult,
      {
        result: 'PASSED',
        configuration: [{ uri: `git+${REPOSITORY_URI}@${commit}`, digest: { gitCommit: commit } }],
        passedTests: evidence.checks(image.name),
        failedTests: [],
        finishedOn: build.finishedOn.toISOString(),
      },
    ],
    [PREDICATES.vulnerabilities, evidence.vulnerabilities(image.name)],
  ];
}

/** A stream that is only asked for once somebody reads. */
function lazily(open: () => Promise<Readable>): Readable {
  return Readable.from(
    (async function* read() {
      yield* await open();
    })(),
  );
}
