import { createHash } from 'node:crypto';
import { Transform } from 'node:stream';

import type { Descriptor } from './descriptor.ts';
import { OciError } from './error.ts';

/**
 * Passes on bytes while it counts and hashes them. It fails before it has let the last chunk through when size or digest
 * differ, so nobody downstream ever holds the whole of something unverified; a reader that acts only after `end` is safe.
 */
export function verifiedStream(expected: Pick<Descriptor, 'digest' | 'size'>): Transform {
  const hash = createHash('sha256');
  let size = 0;
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > expected.size) return done(mismatch(expected, `at least ${size} bytes`));
      hash.update(chunk);
      const ready = held;
      held = chunk;
      return ready === undefined ? done() : done(null, ready);
    },
    flush(done) {
      const digest = `sha256:${hash.digest('hex')}`;
      if (size !== expected.size || digest !== expected.digest) return done(mismatch(expected, `${size} bytes of ${digest}`));
      return held === undefined ? done() : done(null, held);
    },
  });
}

export function mismatch(expected: Pick<Descriptor, 'digest' | 'size'>, found: string, cause?: unknown): OciError {
  return new OciError({
    code: 'DIGEST_MISMATCH',
    message: `expected ${expected.size} bytes of ${expected.digest}, found ${found}: the content was altered or cut off`,
    cause,
  });
}
