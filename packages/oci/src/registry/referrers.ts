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

const MERGE_TURNS = 40;
/** How long at least nobody else may have written to the list. */
const QUIET_MS = 40;

/** Artifacts by their subject (OCI distribution-spec 1.1, "Listing Referrers" and "Pushing Manifests with Subject"). */
export class Referrers {
  readonly #transport: Transport;
  readonly #registry: RegistryClient;
  /** one merge at a time for each subject, within this process */
  readonly #merging = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, { entries: Descriptor[]; stored: Promise<void> }>();

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

  /** Entries that come while others of this process are being stored wait, and go together in the next turn. */
  async #addToTag(repository: string, subject: Digest, entry: Descriptor): Promise<void> {
    const key = `${repository}@${subject}`;
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined) {
      waiting.entries.push(entry);
      return waiting.stored;
    }
    const entries = [entry];
    const stored = this.#mergeAfter(this.#merging.get(key), repository, subject, entries);
    const settled = stored.catch(() => undefined);
    this.#waiting.set(key, { entries, stored });
    this.#merging.set(key, settled);
    await stored.finally(() => {
      if (this.#merging.get(key) === settled) this.#merging.delete(key);
    });
  }

  async #mergeAfter(turnBefore: Promise<void> | undefined, repository: string, subject: Digest, entries: Descriptor[]): Promise<void> {
    await turnBefore;
    this.#waiting.delete(`${repository}@${subject}`);
    await this.#merge(repository, subject, entries);
  }

  /**
   * The tag schema has no compare-and-swap: another process that read before we wrote may overwrite us after. So entries count
   * as stored only when the list, ours within it, has stayed as it is for longer than a read and a write take.
   */
  async #merge(repository: string, subject: Digest, entries: Descriptor[]): Promise<void> {
    let seen: string | undefined;
    for (let turn = 0; turn < MERGE_TURNS; turn += 1) {
      const began = performance.now();
      const present = await this.#listByTag(repository, subject);
      const missing = entries.filter(({ digest }) => !contains(present, digest));
      const list = digests([...present, ...missing]);
      if (missing.length === 0 && list === seen) return;
      if (missing.length > 0) {
        const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [...present, ...missing] };
        await this.#registry.putManifest(repository, referrersTag(subject), Buffer.from(JSON.stringify(index)), MEDIA_TYPES.imageIndex);
      }
      seen = list;
      await delay(Math.max(QUIET_MS, 3 * (performance.now() - began)) * (1 + Math.random()));
    }
    throw new OciError({
      code: 'UNREACHABLE',
      message: `expected to add referrers to ${repository}@${subject}, found others writing all the time: try again`,
    });
  }
}

function contains(entries: Descriptor[], digest: Digest): boolean {
  return entries.some((entry) => entry.digest === digest);
}

function digests(entries: Descriptor[]): string {
  return entries.map(({ digest }) => digest).join();
}
