import { setTimeout as delay } from 'node:timers/promises';

import type { Descriptor } from '../descriptor.ts';
import { MEDIA_TYPES } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { digestOf, parseDigest } from '../digest.ts';
import { EMPTY_BLOB, EMPTY_DESCRIPTOR } from '../empty.ts';
import { OciError, orUndefined } from '../error.ts';
import type { ImageIndex, ImageManifest } from '../manifest.ts';
import { MANIFEST_SIZE_LIMIT, isImageManifest, parseIndex } from '../manifest.ts';
import { referrersTag } from './names.ts';
import { readBounded } from './read-bounded.ts';
import type { RegistryClient } from './registry-client.ts';
import type { Transport } from './transport.ts';

/** What is attached to a subject: an artifact manifest with these blobs as its layers. */
export type Attachment = {
  artifactType: string;
  blobs: { bytes: Uint8Array; mediaType: string; annotations?: Record<string, string> }[];
  annotations?: Record<string, string>;
};

const MERGE_TRIES = 12;

/** Artifacts by their subject (OCI distribution-spec 1.1, "Listing Referrers" and "Pushing Manifests with Subject"). */
export class Referrers {
  readonly #transport: Transport;
  readonly #registry: RegistryClient;
  /** one merge at a time for each subject, within this process */
  readonly #merging = new Map<string, Promise<void>>();

  constructor(transport: Transport, registry: RegistryClient) {
    this.#transport = transport;
    this.#registry = registry;
  }

  async list(repository: string, subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    const all = (await this.#listByApi(repository, subject)) ?? (await this.#listByTag(repository, subject));
    return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType);
  }

  async attach(repository: string, subject: Descriptor, { artifactType, blobs, annotations }: Attachment): Promise<Descriptor> {
    const layers: Descriptor[] = [];
    for (const blob of blobs) {
      const stored = await this.#registry.putBlob(repository, blob.bytes, blob.mediaType);
      layers.push(blob.annotations === undefined ? stored : { ...stored, annotations: blob.annotations });
    }
    await this.#registry.putBlob(repository, EMPTY_BLOB, MEDIA_TYPES.empty);
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.imageManifest,
      artifactType,
      config: EMPTY_DESCRIPTOR,
      layers,
      subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      ...(annotations === undefined ? {} : { annotations }),
    };
    const bytes = Buffer.from(JSON.stringify(manifest));
    const stored = await this.#registry.putManifest(repository, digestOf(bytes), bytes, MEDIA_TYPES.imageManifest);
    const entry: Descriptor = { ...stored, artifactType, ...(annotations === undefined ? {} : { annotations }) };
    if ((await this.#listByApi(repository, subject.digest)) === undefined) await this.#addToTag(repository, subject.digest, entry);
    return entry;
  }

  /** Undefined when the registry has no referrers API. */
  async #listByApi(repository: string, subject: Digest): Promise<Descriptor[] | undefined> {
    const answer = await this.#transport.call({
      method: 'GET',
      url: `/v2/${repository}/referrers/${parseDigest(subject)}`,
      scope: `repository:${repository}:pull`,
      headers: { accept: MEDIA_TYPES.imageIndex },
      accept: [200, 400, 404, 405],
    });
    const body = await readBounded(answer.body, MANIFEST_SIZE_LIMIT, 'a list of referrers');
    if (answer.statusCode !== 200) return undefined;
    return parseIndex(body).manifests;
  }

  async #listByTag(repository: string, subject: Digest): Promise<Descriptor[]> {
    const stored = await orUndefined(this.#registry.getManifest(repository, referrersTag(subject)));
    if (stored === undefined) return [];
    if (isImageManifest(stored.json))
      throw new OciError({
        code: 'MALFORMED',
        message: `expected an index of referrers at ${repository}:${referrersTag(subject)}, found ${stored.descriptor.mediaType}`,
      });
    return stored.json.manifests;
  }

  async #addToTag(repository: string, subject: Digest, entry: Descriptor): Promise<void> {
    const key = `${repository}@${subject}`;
    const before = this.#merging.get(key) ?? Promise.resolve();
    const mine = before.then(async () => this.#merge(repository, subject, entry));
    const settled = mine.catch(() => undefined);
    this.#merging.set(key, settled);
    await mine.finally(() => {
      if (this.#merging.get(key) === settled) this.#merging.delete(key);
    });
  }

  /**
   * The tag schema has no compare-and-swap: somebody who read before we wrote may overwrite us after. So an entry counts as
   * stored only when it is still there after longer than one read and write takes; if not, it is merged again.
   */
  async #merge(repository: string, subject: Digest, entry: Descriptor): Promise<void> {
    for (let attempt = 0; attempt < MERGE_TRIES; attempt += 1) {
      const began = performance.now();
      const present = await this.#listByTag(repository, subject);
      if (!contains(present, entry)) {
        const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [...present, entry] };
        await this.#registry.putManifest(repository, referrersTag(subject), Buffer.from(JSON.stringify(index)), MEDIA_TYPES.imageIndex);
      }
      const turn = performance.now() - began;
      await delay(turn * (2 + Math.random() * (attempt + 1)));
      if (contains(await this.#listByTag(repository, subject), entry)) return;
    }
    throw new OciError({
      code: 'UNREACHABLE',
      message: `expected to list ${entry.digest} as a referrer of ${repository}@${subject}, found it overwritten ${MERGE_TRIES} times: try again`,
    });
  }
}

function contains(entries: Descriptor[], wanted: Descriptor): boolean {
  return entries.some((entry) => entry.digest === wanted.digest);
}
