import type { SourceMapPayload } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { UserError } from '../errors.ts';

/** Those of the largest service have 8 MB. */
const UNPACKED_LIMIT = 128 * 1024 * 1024;

/** Source Map, revision 3: what a place is looked up by. */
const Archive = z.record(
  z.string(),
  z.looseObject({ version: z.literal(3), sources: z.array(z.string().nullable()), names: z.array(z.string()), mappings: z.string() }),
);

/**
 * Reads the source maps of a release, by the path of each file in the image: a job has made them, so nothing about them is believed.
 * @param name whose they are, for the message
 * @throws UserError FAILED
 */
export function readMapArchive(bytes: Uint8Array, name: string, limit = UNPACKED_LIMIT): ReadonlyMap<string, SourceMapPayload> {
  const archive = Archive.safeParse(parse(unpack(bytes, name, limit), name));
  if (!archive.success) throw malformed(name, `something else: ${z.prettifyError(archive.error).slice(0, 200)}`, archive.error);
  return new Map(Object.entries(archive.data) as unknown as [string, SourceMapPayload][]);
}

function unpack(bytes: Uint8Array, name: string, limit: number): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: limit });
  } catch (cause) {
    const isTooLarge = (cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw malformed(name, isTooLarge ? `more than ${limit} bytes in it` : 'bytes that are no gzip', cause);
  }
}

function parse(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw malformed(name, 'no JSON in it', cause);
  }
}

function malformed(name: string, found: string, cause: unknown): UserError {
  return new UserError({
    code: 'FAILED',
    message: `The source maps of ${name} cannot be read`,
    expected: 'gzip of JSON: a source map for each file',
    found,
    remedy: 'check out its commit, npm start, and trace without --release',
    cause,
  });
}
