import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ImageError } from '../errors.ts';

const absolute = z.string().regex(/^\//, 'must be an absolute path');

/** `infra/images/<name>/contract.yaml`: what users of the image may rely on, absences included. setuid and setgid files never pass. */
export const contractSchema = z.strictObject({
  user: z.string(),
  entrypoint: z.array(z.string()),
  /** Exactly these lines of /etc/passwd. */
  passwd: z.string(),
  /** Globs that nothing may match. */
  absent: z.array(absolute).min(1),
  /** What must be there; mode and owner where they matter. */
  present: z.array(z.strictObject({ path: absolute, mode: z.string().optional(), owner: z.string().optional() })).default([]),
  /** Paths not owned by root: exactly these. Everything else is 0:0. */
  owned: z.array(z.strictObject({ path: absolute, owner: z.string() })).default([]),
  /** Paths that others may write to: exactly these. */
  writable: z.array(absolute).default([]),
});
export type ImageContract = z.infer<typeof contractSchema>;

/** Reads an image's contract; refuses with DECLARATION_INVALID. */
export async function loadContract(imageDir: string): Promise<ImageContract> {
  const file = join(imageDir, 'contract.yaml');
  try {
    return contractSchema.parse(parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const found =
      cause instanceof z.ZodError ? cause.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') : String(cause);
    throw new ImageError({ code: 'DECLARATION_INVALID', message: `expected a contract in ${file}, found ${found}`, cause });
  }
}
