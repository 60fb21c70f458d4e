import { z } from 'zod';
import { datedException, hasEnded } from './dated-exception.ts';
import type { ChangeFinding } from './finding.ts';
import { isLicenceAllowed } from './spdx.ts';

/** `infra/policies/licences.yaml`: under which licences the packages may be that are shipped. */
export const licencesSchema = z.strictObject({
  /** identifiers of the SPDX licence list */
  allowed: z.array(z.string().min(1)).min(1, 'expected at least one licence'),
  exceptions: z
    .array(
      z.strictObject({
        package: z.string().min(1),
        /** exactly what the package says of itself: another word, and somebody looks again */
        licence: z.string(),
        ...datedException,
      }),
    )
    .default([]),
});
export type LicencePolicy = z.output<typeof licencesSchema>;

/** A package that ends in a bundle. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  /** as the package itself says it; undefined: it says nothing */
  readonly licence?: string;
  /** where the lockfile names it */
  readonly file: string;
  readonly line: number;
}

/** Every package whose licence is not allowed, or that nobody can read. Pure. */
export function judgeLicences({ allowed, exceptions }: LicencePolicy, packages: readonly ShippedPackage[], now: Date): ChangeFinding[] {
  const licences = new Set(allowed);
  return packages.flatMap(({ name, version, licence = '', file, line }): ChangeFinding[] => {
    const verdict = isLicenceAllowed(licence, licences);
    if (verdict === true) return [];
    const exception = exceptions.find((one) => one.package === name && one.licence === licence);
    if (exception && !hasEnded(exception, now)) return [];
    const at = { file, line };
    const what = `${name}@${version}`;
    if (exception) {
      const { expires, owner } = exception;
      const message = `expected the exception for ${what} to hold, found that it ended on ${expires}; ask its owner, ${owner}, or do without the package`;
      return [{ ...at, rule: 'LICENCE_EXCEPTION_EXPIRED', message }];
    }
    const remedy = `use another package, or have an exception for it approved in infra/policies/licences.yaml`;
    if (verdict === undefined) {
      const found = licence === '' ? 'none' : JSON.stringify(licence.slice(0, 100));
      const message = `expected ${what} to name its licence by the SPDX list, found ${found}; read its licence, then ${remedy}`;
      return [{ ...at, rule: 'LICENCE_UNKNOWN', message }];
    }
    return [{ ...at, rule: 'LICENCE_NOT_ALLOWED', message: `expected ${what} under an allowed licence, found ${licence}; ${remedy}` }];
  });
}
