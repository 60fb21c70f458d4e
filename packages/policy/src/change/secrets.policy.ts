import { z } from 'zod';
import { datedException, hasEnded } from './dated-exception.ts';
import type { ChangeFinding } from './finding.ts';

/** `infra/policies/secrets.yaml`: what looks like a secret and is none. Nothing in a source file can say so. */
export const secretsSchema = z.strictObject({
  exceptions: z
    .array(
      z.strictObject({
        file: z.string().min(1),
        rule: z.string().min(1),
        /** of the text that was found: another text in the same place is another finding */
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
        ...datedException,
      }),
    )
    .default([]),
});
export type SecretsPolicy = z.output<typeof secretsSchema>;

/** What a search has found; the text itself is known by its hash alone. */
export interface FoundSecret {
  readonly file: string;
  readonly line: number;
  /** id of the rule that found it */
  readonly rule: string;
  readonly description: string;
  readonly sha256: string;
}

/** Every secret that no exception in force names. Pure. */
export function judgeSecrets({ exceptions }: SecretsPolicy, found: readonly FoundSecret[], now: Date): ChangeFinding[] {
  return found.flatMap(({ file, line, rule, description, sha256 }): ChangeFinding[] => {
    const exception = exceptions.find((one) => one.file === file && one.rule === rule && one.sha256 === sha256);
    if (exception && !hasEnded(exception, now)) return [];
    const ended = exception ? ` (an exception ended on ${exception.expires}; its owner is ${exception.owner})` : '';
    const message =
      `expected no secret, found ${description}${ended}; take it out, and call it in: it is known to everybody who has the commit. ` +
      `If it is none, have ${sha256} approved in infra/policies/secrets.yaml first`;
    return [{ file, line, rule: `SECRET_FOUND (${rule})`, message }];
  });
}
