import { z } from 'zod';

/** `infra/policies/source.yaml`: what is asked of a commit before any job sees it. */
export const sourceSchema = z.strictObject({
  signature: z.strictObject({
    /** whether a commit without a signature is refused; a signature that is there is always verified */
    required: z.boolean(),
  }),
  /** files and folders (ending in `/`) that decide what the platform does with everything else */
  protectedPaths: z
    .array(z.string().regex(/^[^/*].*$/, 'expected a path relative to the root of the repository'))
    .min(1, 'expected at least one path'),
});
export type SourcePolicy = z.output<typeof sourceSchema>;

/** Those of the changed files that are protected, sorted. Pure. */
export function protectedAmong({ protectedPaths }: SourcePolicy, changed: readonly string[]): string[] {
  return changed.filter((file) => protectedPaths.some((path) => (path.endsWith('/') ? file.startsWith(path) : file === path))).toSorted();
}
