import { Readable } from 'node:stream';

import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { digestOf, parseDigest } from '../digest.ts';
import { isOciError, OciError } from '../error.ts';
import type { Transport } from './transport.ts';

/** Content with a digest that is known beforehand; `stream` gives it from the start, as often as it is asked. */
export type BlobSource = Pick<Descriptor, 'digest' | 'size'> & { stream: () => Readable };

/** What is in memory already. */
export function sourceOf(bytes: Uint8Array): BlobSource {
  return { digest: digestOf(bytes), size: bytes.length, stream: () => Readable.from([bytes]) };
}

/** Uploads take their own tries: each begins a new session, so that half of an upload is never continued with other bytes. */
const TRIES = 2;

/** Storing blobs (OCI distribution-spec 1.1, "Pushing blobs"): POST, then one PUT. */
export class BlobUpload {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  async exists(repository: string, digest: Digest): Promise<boolean> {
    const answer = await this.#transport.call({
      method: 'HEAD',
      url: `/v2/${repository}/blobs/${parseDigest(digest)}`,
      scope: `repository:${repository}:pull`,
      accept: [200, 404],
    });
    await answer.body.dump();
    return answer.statusCode === 200;
  }

  async put(repository: string, source: BlobSource): Promise<void> {
    if (!(await this.exists(repository, source.digest))) await this.send(repository, source);
  }

  /** Whether it is there or not. */
  async send(repository: string, source: BlobSource): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#upload(repository, source);
      } catch (error) {
        if (attempt === TRIES || !isOciError(error, 'UNREACHABLE')) throw error;
      }
    }
  }

  async mount(from: string, to: string, digest: Digest): Promise<boolean> {
    if (await this.exists(to, digest)) return true;
    const scope = `repository:${to}:pull,push repository:${from}:pull`;
    const answer = await this.#transport.call({
      method: 'POST',
      url: `/v2/${to}/blobs/uploads/?mount=${parseDigest(digest)}&from=${encodeURIComponent(from)}`,
      scope,
      accept: [201, 202],
    });
    await answer.body.dump();
    if (answer.statusCode === 201) return true;
    await this.#abandon(to, answer.header('location'));
    return false;
  }

  async #upload(repository: string, { digest, size, stream }: BlobSource): Promise<void> {
    const scope = `repository:${repository}:pull,push`;
    const session = await this.#transport.call({ method: 'POST', url: `/v2/${repository}/blobs/uploads/`, scope, accept: [202] });
    await session.body.dump();
    const location = session.header('location');
    if (location === undefined || !URL.canParse(location, this.#transport.base.href))
      throw new OciError({ code: 'MALFORMED', message: 'expected the address of an upload session from the registry, found none' });
    const url = new URL(location, this.#transport.base);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    const answer = await this.#transport.call({ method: 'PUT', url, scope, headers, body: stream, accept: [201] });
    await answer.body.dump();
  }

  /** An upload session that nobody will use; that the registry keeps it does no harm. */
  async #abandon(repository: string, location: string | undefined): Promise<void> {
    if (location === undefined) return;
    const answer = await this.#transport
      .call({ method: 'DELETE', url: location, scope: `repository:${repository}:pull,push`, accept: [202, 204, 404, 405] })
      .catch(() => undefined);
    await answer?.body.dump();
  }
}
