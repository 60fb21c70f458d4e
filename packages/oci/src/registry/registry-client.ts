import type { Readable } from 'node:stream';

import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { digestOf, isDigest } from '../digest.ts';
import { OciError } from '../error.ts';
import type { OciLayout } from '../layout.ts';
import type { StoredImageManifest, StoredManifest } from '../manifest.ts';
import { ACCEPTED_MANIFEST_TYPES, asImageManifest, MANIFEST_SIZE_LIMIT, parseManifest } from '../manifest.ts';
import { mismatch, verifiedStream } from '../verified-stream.ts';
import { BlobUpload, sourceOf } from './blob-upload.ts';
import type { BlobSource } from './blob-upload.ts';
import { pullToLayout, pushLayout } from './copy.ts';
import { checkReference, checkRepository, pull, pullPush } from './names.ts';
import { nextPage } from './next-page.ts';
import { readBounded } from './read-bounded.ts';
import type { Attachment } from './referrers.ts';
import { Referrers } from './referrers.ts';
import type { TransportOptions } from './transport.ts';
import { Transport } from './transport.ts';

export type RegistryOptions = TransportOptions;

/** What a blob that is read whole into memory may have at most, unless the caller knows better. */
const SMALL_BLOB_LIMIT = 16 * 1024 * 1024;

/** A client of one registry (OCI distribution-spec 1.1). Whatever it hands on has been checked against its digest and size. */
export class RegistryClient {
  readonly #transport: Transport;
  readonly #uploads: BlobUpload;
  readonly #referrers: Referrers;

  constructor(options: RegistryOptions) {
    this.#transport = new Transport(options);
    this.#uploads = new BlobUpload(this.#transport);
    this.#referrers = new Referrers(this.#transport, this.#uploads, this);
  }

  /** The registry's address without scheme, as references to its images begin: `host:port`. */
  get host(): string {
    return this.#transport.base.host;
  }

  /** Whether the registry answers and lets this identity in. @throws OciError UNREACHABLE, DENIED */
  async ping(): Promise<void> {
    const answer = await this.#transport.call({ method: 'GET', url: '/v2/', scope: '', accept: [200] });
    await answer.body.dump();
  }

  /** The tags of a repository, in the registry's order; empty when there is none. */
  async tags(repository: string): Promise<string[]> {
    const tags: string[] = [];
    let url: string | undefined = `/v2/${checkRepository(repository)}/tags/list?n=1000`;
    while (url !== undefined && tags.length < 100_000) {
      const answer = await this.#transport.call({ method: 'GET', url, scope: pull(repository), accept: [200, 404] });
      const body = await readBounded(answer.body, MANIFEST_SIZE_LIMIT, 'a list of tags');
      if (answer.statusCode === 404) return tags;
      tags.push(...parseTags(body));
      url = nextPage(answer.header('link'));
    }
    return tags;
  }

  /** What a tag points to now. The manifest is read to do so: the digest is computed here, not believed. */
  async resolve(repository: string, reference: string): Promise<Descriptor> {
    return (await this.getManifest(repository, reference)).descriptor;
  }

  /** @throws OciError NOT_FOUND; DIGEST_MISMATCH when the bytes are not those of the digest that was asked for; MALFORMED */
  async getManifest(repository: string, reference: string): Promise<StoredManifest> {
    const answer = await this.#transport.call({
      method: 'GET',
      url: `/v2/${checkRepository(repository)}/manifests/${checkReference(reference)}`,
      scope: pull(repository),
      headers: { accept: ACCEPTED_MANIFEST_TYPES.join(', ') },
      accept: [200],
    });
    const bytes = await readBounded(answer.body, MANIFEST_SIZE_LIMIT, `the manifest ${repository}@${reference}`);
    const digest = digestOf(bytes);
    const promised = isDigest(reference) ? reference : answer.header('docker-content-digest');
    if (promised !== undefined && promised !== digest) {
      throw new OciError({
        code: 'DIGEST_MISMATCH',
        message: `expected the manifest ${promised} of ${repository}, found ${digest}: it was altered in the registry or on the way`,
      });
    }
    const mediaType = (answer.header('content-type') ?? '').split(';')[0]!.trim();
    return { descriptor: { mediaType, digest, size: bytes.length }, bytes, json: parseManifest(bytes, mediaType) };
  }

  /** As `getManifest`, for one image. @throws OciError MALFORMED when it is an index. */
  async getImageManifest(repository: string, reference: string): Promise<StoredImageManifest> {
    return asImageManifest(await this.getManifest(repository, reference));
  }

  /** A stream that fails before its end when size or digest differ: act on it only once it has ended. */
  async getBlob(repository: string, descriptor: Pick<Descriptor, 'digest' | 'size'>): Promise<Readable> {
    const answer = await this.#transport.call({
      method: 'GET',
      url: `/v2/${checkRepository(repository)}/blobs/${descriptor.digest}`,
      scope: pull(repository),
      accept: [200],
    });
    const announced = answer.header('content-length');
    if (announced !== undefined && Number(announced) !== descriptor.size) {
      answer.body.on('error', () => undefined).destroy();
      throw mismatch(descriptor, `${announced} bytes announced`);
    }
    const verified = verifiedStream(descriptor);
    answer.body.once('error', (cause) => verified.destroy(mismatch(descriptor, 'that the connection broke off', cause)));
    verified.once('close', () => answer.body.destroy());
    return answer.body.pipe(verified);
  }

  /** A small blob, whole and verified. @throws OciError MALFORMED when it is larger than `limit` bytes. */
  async getBlobBytes(
    repository: string,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    limit: number = SMALL_BLOB_LIMIT,
  ): Promise<Buffer> {
    if (descriptor.size > limit)
      throw new OciError({
        code: 'MALFORMED',
        message: `expected at most ${limit} bytes for ${descriptor.digest}, found ${descriptor.size}`,
      });
    return readBounded(await this.getBlob(repository, descriptor), limit, `the blob ${descriptor.digest}`);
  }

  async hasBlob(repository: string, digest: Digest): Promise<boolean> {
    return this.#uploads.exists(checkRepository(repository), digest);
  }

  /** Stores a blob unless it is there. The digest of a stream must be known, for the registry to check. */
  async putBlob(repository: string, content: Uint8Array | BlobSource, mediaType = 'application/octet-stream'): Promise<Descriptor> {
    const source = content instanceof Uint8Array ? sourceOf(content) : content;
    await this.#uploads.put(checkRepository(repository), source);
    return { mediaType, digest: source.digest, size: source.size };
  }

  /** Makes a blob of another repository of the registry known in this one, without sending it. False: the registry would not; put it. */
  async mountBlob(from: string, to: string, digest: Digest): Promise<boolean> {
    return this.#uploads.mount(checkRepository(from), checkRepository(to), digest);
  }

  async hasManifest(repository: string, reference: string): Promise<boolean> {
    const url = `/v2/${checkRepository(repository)}/manifests/${checkReference(reference)}`;
    const answer = await this.#transport.call({
      method: 'HEAD',
      url,
      scope: pull(repository),
      headers: { accept: ACCEPTED_MANIFEST_TYPES.join(', ') },
      accept: [200, 404],
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  }

  /** Stores a manifest under a tag or its digest; all that it names must be there. */
  async putManifest(repository: string, reference: string, bytes: Uint8Array, mediaType: string): Promise<Descriptor> {
    parseManifest(bytes, mediaType);
    const digest = digestOf(bytes);
    if (isDigest(reference) && reference !== digest) throw mismatch({ digest: reference, size: bytes.length }, digest);
    const url = `/v2/${checkRepository(repository)}/manifests/${checkReference(reference)}`;
    const answer = await this.#transport.call({
      method: 'PUT',
      url,
      scope: pullPush(repository),
      headers: { 'content-type': mediaType },
      body: () => Buffer.from(bytes),
      repeatable: true,
      accept: [201],
    });
    await answer.body.dump();
    const stored = answer.header('docker-content-digest');
    if (stored !== undefined && stored !== digest) throw mismatch({ digest, size: bytes.length }, stored);
    return { mediaType, digest, size: bytes.length };
  }

  /** Manifests that name `digest` as their subject, by the referrers API or, where there is none, by the tag schema. */
  async referrers(repository: string, digest: Digest, artifactType?: string): Promise<Descriptor[]> {
    return this.#referrers.list(checkRepository(repository), digest, artifactType);
  }

  /** Stores an artifact that refers to `subject`. Safe beside others who attach to the same subject at the same time. */
  async attach(repository: string, subject: Descriptor, attachment: Attachment): Promise<Descriptor> {
    return this.#referrers.attach(checkRepository(repository), subject, attachment);
  }

  /** Pushes one image of a layout; blobs that the registry has are not sent. */
  async pushLayout(layout: OciLayout, repository: string, tag: string, reference?: string): Promise<Descriptor> {
    return pushLayout(this, layout, { repository, tag, ...(reference === undefined ? {} : { reference }) });
  }

  /** Reads one image by digest into a layout: manifest, configuration and layers, each verified before it is stored. */
  async pullToLayout(repository: string, digest: Digest, layout: OciLayout): Promise<StoredImageManifest> {
    return pullToLayout(this, layout, { repository, digest });
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }
}

function parseTags(body: Buffer): string[] {
  try {
    const { tags }: { tags?: unknown } = JSON.parse(body.toString('utf8'));
    if (tags === null || tags === undefined) return [];
    if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return tags;
  } catch (cause) {
    throw new OciError({ code: 'MALFORMED', message: 'expected a list of tags in JSON', cause });
  }
  throw new OciError({ code: 'MALFORMED', message: 'expected a list of tags, found something else' });
}
