import type { Descriptor } from '../descriptor.ts';
import { MEDIA_TYPES } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { digestOf, parseDigest } from '../digest.ts';
import { EMPTY_BLOB, EMPTY_DESCRIPTOR } from '../empty.ts';
import { isOciError, OciError, orUndefined } from '../error.ts';
import type { ImageIndex, ImageManifest } from '../manifest.ts';
import { MANIFEST_SIZE_LIMIT, isImageManifest, parseIndex } from '../manifest.ts';
import { sourceOf } from './blob-upload.ts';
import type { BlobUpload } from './blob-upload.ts';
import { announcementTag, pull, referrersTag } from './names.ts';
import { nextPage } from './next-page.ts';
import { readBounded } from './read-bounded.ts';
import type { RegistryClient } from './registry-client.ts';
import type { Transport } from './transport.ts';

/** What is attached to a subject: an artifact manifest with these blobs as its layers. A descriptor names one that the repository has. */
export type Attachment = {
  artifactType: string;
  blobs: ({ bytes: Uint8Array; mediaType: string; annotations?: Record<string, string> } | Descriptor)[];
  annotations?: Record<string, string>;
};

const TURNS = 20;

/** A registry that gives a list in pages could go on for ever. */
const LIST_LIMITS = { pages: 100, bytes: 16 * 1024 * 1024 };

/** How long a registry is believed to have no referrers API: one that takes its place is noticed soon. */
const NO_API_MS = 60_000;

/** A part of a list, and where it goes on. */
type Page = { entries: Descriptor[]; size: number; next: string | undefined };

/** What completes the list of one subject, and what will begin once that has ended. */
interface Completion {
  readonly running: Promise<void>;
  waiting?: Promise<void>;
}

/** Artifacts by their subject (OCI distribution-spec 1.1, "Listing Referrers" and "Pushing Manifests with Subject"). */
export class Referrers {
  readonly #transport: Transport;
  readonly #uploads: BlobUpload;
  readonly #registry: RegistryClient;
  /** by subject: within this process one at a time */
  readonly #completions = new Map<string, Completion>();
  #noApiUntil = 0;

  constructor(transport: Transport, uploads: BlobUpload, registry: RegistryClient) {
    this.#transport = transport;
    this.#uploads = uploads;
    this.#registry = registry;
  }

  async list(repository: string, subject: Digest, artifactType?: string): Promise<Descriptor[]> {
    const all = (await this.#listByApi(repository, subject)) ?? (await this.#listByTag(repository, subject));
    return artifactType === undefined ? all : all.filter((entry) => entry.artifactType === artifactType);
  }

  async attach(repository: string, subject: Descriptor, { artifactType, blobs, annotations }: Attachment): Promise<Descriptor> {
    const layers: Descriptor[] = [];
    for (const blob of blobs) {
      const stored = 'digest' in blob ? blob : await this.#send(repository, blob);
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
    const digest = digestOf(bytes);
    const hasApi = (await this.#firstPage(repository, subject.digest)) !== undefined;
    const reference = hasApi ? digest : announcementTag(subject.digest, digest);
    const stored = await this.#registry.putManifest(repository, reference, bytes, MEDIA_TYPES.imageManifest);
    if (!hasApi) await this.#complete(repository, subject.digest);
    return { ...stored, artifactType, ...(annotations === undefined ? {} : { annotations }) };
  }

  /** Not asked for first: what is attached is new, nearly always. */
  async #send(repository: string, { bytes, mediaType }: { bytes: Uint8Array; mediaType: string }): Promise<Descriptor> {
    const source = sourceOf(bytes);
    await this.#uploads.send(repository, source);
    return { mediaType, digest: source.digest, size: source.size };
  }

  /** All pages or an error, since what is left out may take back what was read. Undefined when the registry has no referrers API. */
  async #listByApi(repository: string, subject: Digest): Promise<Descriptor[] | undefined> {
    const first = await this.#firstPage(repository, subject);
    if (first === undefined) return undefined;
    const all = [...first.entries];
    let { size: bytes, next } = first;
    for (let pages = 1; next !== undefined; pages += 1) {
      if (pages >= LIST_LIMITS.pages || bytes >= LIST_LIMITS.bytes)
        throw new OciError({
          code: 'MALFORMED',
          message: `expected the referrers of ${repository}@${subject} in ${LIST_LIMITS.pages} pages and ${LIST_LIMITS.bytes} bytes at most, found more`,
        });
      const { body, link } = await this.#ask(repository, next, [200]);
      const page = pageOf(body, link);
      all.push(...page.entries);
      bytes += page.size;
      next = page.next;
    }
    return all;
  }

  /** Undefined when the registry has no referrers API. */
  async #firstPage(repository: string, subject: Digest): Promise<Page | undefined> {
    if (Date.now() < this.#noApiUntil) return undefined;
    const { status, body, link } = await this.#ask(repository, `/v2/${repository}/referrers/${parseDigest(subject)}`, [200, 400, 404, 405]);
    if (status === 200) return pageOf(body, link);
    // a registry that has the API may say so of a repository that it does not have
    if (!isErrorAnswer(body)) this.#noApiUntil = Date.now() + NO_API_MS;
    return undefined;
  }

  async #ask(repository: string, url: string, accept: number[]): Promise<{ status: number; body: Buffer; link: string | undefined }> {
    const headers = { accept: MEDIA_TYPES.imageIndex };
    const answer = await this.#transport.call({ method: 'GET', url, scope: pull(repository), headers, accept });
    const body = await readBounded(answer.body, MANIFEST_SIZE_LIMIT, 'a list of referrers');
    return { status: answer.statusCode, body, link: answer.header('link') };
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

  /** Returns once a list was read that lacks nothing announced by now. What waits for its turn serves all who come until it begins. */
  async #complete(repository: string, subject: Digest): Promise<void> {
    const key = `${repository}@${subject}`;
    const begin = async (): Promise<void> => {
      const completion: Completion = {
        running: this.#completeList(repository, subject).finally(() => {
          if (completion.waiting === undefined) this.#completions.delete(key);
        }),
      };
      this.#completions.set(key, completion);
      await completion.running;
    };
    const current = this.#completions.get(key);
    if (current === undefined) return begin();
    current.waiting ??= current.running.catch(() => undefined).then(begin);
    return current.waiting;
  }

  /**
   * Adds to the list whatever was announced and is not in it. The list is one tag without compare-and-swap, so a writer that read it
   * before we wrote may overwrite us after; but each announces its artifact under a tag of its own first, and none is done before it
   * has read, after its last write, a list that lacks nothing announced. Whoever writes last mends what it took away.
   */
  async #completeList(repository: string, subject: Digest): Promise<void> {
    const passedOver = new Set<string>();
    for (let turn = 0; turn < TURNS; turn += 1) {
      const announced = await this.#announced(repository, subject);
      const present = await this.#presentList(repository, subject);
      const listed = new Set(present.map(({ digest }) => announcementTag(subject, digest)));
      const missing = announced.filter((tag) => !listed.has(tag) && !passedOver.has(tag));
      if (missing.length === 0) return;
      const entries: Descriptor[] = [];
      for (const tag of missing) {
        const entry = await this.#announcedEntry(repository, subject, tag);
        if (entry === undefined) passedOver.add(tag);
        else entries.push(entry);
      }
      if (entries.length === 0) continue;
      const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageIndex, manifests: [...present, ...entries] };
      await this.#registry.putManifest(repository, referrersTag(subject), Buffer.from(JSON.stringify(index)), MEDIA_TYPES.imageIndex);
    }
    throw new OciError({
      code: 'UNREACHABLE',
      message: `expected to complete the referrers of ${repository}@${subject}, found others writing all the time: try again`,
    });
  }

  /** What is no list is none: whoever may write to the repository could put an image in its place, and nothing would ever be listed again. */
  async #presentList(repository: string, subject: Digest): Promise<Descriptor[]> {
    try {
      return await this.#listByTag(repository, subject);
    } catch (error) {
      if (isOciError(error, 'MALFORMED')) return [];
      throw error;
    }
  }

  async #announced(repository: string, subject: Digest): Promise<string[]> {
    return (await this.#registry.tags(repository)).filter((tag) => tag.startsWith(announcementTag(subject, '')));
  }

  /** Undefined when the tag does not keep its word: it is not there yet, is about another subject, or was moved. */
  async #announcedEntry(repository: string, subject: Digest, tag: string): Promise<Descriptor | undefined> {
    const stored = await orUndefined(this.#registry.getManifest(repository, tag));
    if (stored === undefined || stored.json.subject?.digest !== subject || announcementTag(subject, stored.descriptor.digest) !== tag)
      return undefined;
    const { artifactType = isImageManifest(stored.json) ? stored.json.config.mediaType : undefined, annotations } = stored.json;
    return {
      ...stored.descriptor,
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    };
  }
}

function pageOf(body: Buffer, link: string | undefined): Page {
  return { entries: parseIndex(body).manifests, size: body.length, next: nextPage(link) };
}

/** OCI distribution-spec 1.1, "Error Codes". */
function isErrorAnswer(body: Buffer): boolean {
  try {
    return Array.isArray((JSON.parse(body.toString('utf8')) as { errors?: unknown } | null)?.errors);
  } catch {
    return false;
  }
}
