import { isOciError, OciError } from '../error.ts';

/** Reads a body whole, but never more than `limit` bytes: the size that a server announces is only its word. */
export async function readBounded(body: AsyncIterable<Uint8Array>, limit: number, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      size += chunk.length;
      if (size > limit) break; // leaving the loop closes the connection
      chunks.push(chunk);
    }
  } catch (cause) {
    if (isOciError(cause)) throw cause;
    throw new OciError({
      code: 'UNREACHABLE',
      message: `expected ${what}, found that the connection broke off after ${size} bytes`,
      cause,
    });
  }
  if (size > limit) throw new OciError({ code: 'MALFORMED', message: `expected at most ${limit} bytes for ${what}, found more` });
  return Buffer.concat(chunks);
}
