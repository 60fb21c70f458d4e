import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Descriptor } from './descriptor.ts';
import { MEDIA_TYPES } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { digestOf, hexOf, isDigest } from './digest.ts';
import { isOciError, OciError } from './error.ts';
import type { ImageConfig, ImageIndex, StoredImageManifest } from './manifest.ts';
import { asImageManifest, parseImageConfig, parseIndex, parseManifest } from './manifest.ts';
import { mismatch, verifiedStream } from './verified-stream.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';
const LAYOUT_FILE = `${JSON.stringify({ imageLayoutVersion: '1.0.0' })}\n`;

/** A directory of content-addressed blobs with named references (OCI image-spec 1.1, image-layout.md). */
export class OciLayout {
  readonly dir: string;

  private constructor(dir: string) {
    this.dir = dir;
  }

  /** Opens what is there. @throws OciError NOT_FOUND or MALFORMED when `dir` is no layout. */
  static async open(dir: string): Promise<OciLayout> {
    const marker = await readFile(join(dir, 'oci-layout'), 'utf8').catch((cause: unknown) => {
      throw new OciError({ code: 'NOT_FOUND', message: `expected an OCI layout at ${dir}, found none`, cause });
    });
    if (!marker.includes('"1.0.0"'))
      throw new OciError({ code: 'MALFORMED', message: `expected imageLayoutVersion 1.0.0 in ${dir}/oci-layout` });
    return new OciLayout(dir);
  }

  /** Makes an empty layout, or opens the one that is there. */
  static async create(dir: string): Promise<OciLayout> {
    const layout = new OciLayout(dir);
    await mkdir(join(dir, 'blobs', 'sha256'), { recursive: true });
    if (!(await exists(join(dir, 'index.json')))) await layout.#writeIndex(emptyIndex());
    if (!(await exists(join(dir, 'oci-layout')))) await replaceFile(join(dir, 'oci-layout'), LAYOUT_FILE);
    return layout;
  }

  /** The layout's index.json: one descriptor for each reference. */
  async index(): Promise<ImageIndex> {
    return parseIndex(await readFile(join(this.dir, 'index.json')));
  }

  /** Points `name` to a manifest; what it pointed to before stays as a blob. */
  async setRef(name: string, descriptor: Descriptor): Promise<void> {
    const { manifests } = await this.index();
    const others = manifests.filter((entry) => entry.annotations?.[REF_NAME] !== name);
    const named: Descriptor = { ...descriptor, annotations: { ...descriptor.annotations, [REF_NAME]: name } };
    await this.#writeIndex({ ...emptyIndex(), manifests: [...others, named] });
  }

  /**
   * The image manifest at a reference name or digest; without one, the only one there is.
   * @throws OciError NOT_FOUND, DIGEST_MISMATCH, MALFORMED
   */
  async manifest(reference?: string): Promise<StoredImageManifest> {
    const descriptor = await this.#find(reference);
    const bytes = await this.readBlob(descriptor.digest);
    if (bytes.length !== descriptor.size) throw mismatch(descriptor, `${bytes.length} bytes`);
    return asImageManifest({ descriptor: withoutRef(descriptor), bytes, json: parseManifest(bytes, descriptor.mediaType) });
  }

  /** The image configuration that the manifest at `reference` names. */
  async config(reference?: string): Promise<{ descriptor: Descriptor; bytes: Buffer; json: ImageConfig }> {
    const { json: manifest } = await this.manifest(reference);
    const bytes = await this.readBlob(manifest.config.digest);
    return { descriptor: manifest.config, bytes, json: parseImageConfig(bytes) };
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    return exists(this.blobPath(digest));
  }

  blobPath(digest: Digest): string {
    return join(this.dir, 'blobs', 'sha256', hexOf(digest));
  }

  /** The whole blob, verified. For what is small; layers are streamed. @throws OciError NOT_FOUND, DIGEST_MISMATCH */
  async readBlob(digest: Digest): Promise<Buffer> {
    const bytes = await readFile(this.blobPath(digest)).catch((cause: unknown) => {
      throw this.#missing(digest, cause);
    });
    if (digestOf(bytes) !== digest) throw mismatch({ digest, size: bytes.length }, digestOf(bytes));
    return bytes;
  }

  /** The blob as a stream that fails before its end when its bytes are not those that the descriptor names. */
  blobStream(descriptor: Pick<Descriptor, 'digest' | 'size'>): Readable {
    const verified = verifiedStream(descriptor);
    const source = createReadStream(this.blobPath(descriptor.digest));
    source.once('error', (cause) => verified.destroy(this.#missing(descriptor.digest, cause)));
    verified.once('close', () => source.destroy());
    return source.pipe(verified);
  }

  /**
   * Stores bytes under their digest; content that is there already is kept.
   * @param options.expected what the bytes must turn out to be; they are stored only when they are.
   */
  async writeBlob(
    content: Uint8Array | string | Readable,
    options: { mediaType?: string; expected?: Pick<Descriptor, 'digest' | 'size'> } = {},
  ): Promise<Descriptor> {
    const temporary = join(this.dir, 'blobs', `.${randomUUID()}`);
    try {
      const { digest, size } = await store(content, temporary);
      if (options.expected && (digest !== options.expected.digest || size !== options.expected.size))
        throw mismatch(options.expected, `${size} bytes of ${digest}`);
      await rename(temporary, this.blobPath(digest));
      return { mediaType: options.mediaType ?? 'application/octet-stream', digest, size };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Stores a document, written once as JSON without white space, and describes it. */
  async writeJson(json: object, mediaType: string): Promise<Descriptor> {
    return this.writeBlob(JSON.stringify(json), { mediaType });
  }

  async #find(reference: string | undefined): Promise<Descriptor> {
    const { manifests } = await this.index();
    const matches =
      reference === undefined
        ? manifests
        : manifests.filter((entry) => entry.annotations?.[REF_NAME] === reference || entry.digest === reference);
    const [first] = matches;
    if (first !== undefined && matches.every((entry) => entry.digest === first.digest)) return first;
    if (first === undefined && isDigest(reference) && (await this.hasBlob(reference))) {
      return { mediaType: MEDIA_TYPES.imageManifest, digest: reference, size: (await stat(this.blobPath(reference))).size };
    }
    const found = first === undefined ? 'none' : `${matches.length}`;
    throw new OciError({
      code: 'NOT_FOUND',
      message: `expected one manifest${reference === undefined ? '' : ` named ${reference}`} in the layout ${this.dir}, found ${found}`,
    });
  }

  async #writeIndex(index: ImageIndex): Promise<void> {
    await replaceFile(join(this.dir, 'index.json'), `${JSON.stringify(index)}\n`);
  }

  #missing(digest: Digest, cause: unknown): OciError {
    if (isOciError(cause)) return cause;
    return new OciError({ code: 'NOT_FOUND', message: `expected the blob ${digest} in the layout ${this.dir}, found none`, cause });
  }
}

function emptyIndex(): ImageIndex {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [] };
}

function withoutRef(descriptor: Descriptor): Descriptor {
  const { annotations, ...rest } = descriptor;
  const others = Object.entries(annotations ?? {}).filter(([key]) => key !== REF_NAME);
  return others.length === 0 ? rest : { ...rest, annotations: Object.fromEntries(others) };
}

async function store(content: Uint8Array | string | Readable, path: string): Promise<{ digest: Digest; size: number }> {
  if (!(content instanceof Readable)) {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await writeFile(path, bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  }
  const hash = createHash('sha256');
  let size = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      size += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(content, counter, createWriteStream(path));
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

/** A reader never sees half of a file: it is written beside and renamed. */
async function replaceFile(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
