import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tier } from '@seaworthy/contracts';
import { readDeclaration } from './declaration.ts';
import { PolicyError } from './error.ts';
import { exceptionsSchema, type PolicyException } from './exceptions.policy.ts';
import { ownersSchema, type Owners } from './owners.policy.ts';
import { tiersSchema, type TierPolicy } from './tier.policy.ts';

export interface Policies {
  tiers: Readonly<Record<Tier, TierPolicy>>;
  /** names that no service may have */
  baseImages: readonly string[];
  owners: Owners;
  exceptions: readonly PolicyException[];
  /** sha256 of the three files, in hexadecimal: a verdict names the policy that it was made under */
  sha256: string;
}

const FILES = ['exceptions.yaml', 'owners.yaml', 'tiers.yaml'] as const;

/** Reads `infra/policies`. @throws PolicyError that names file, path and what was expected */
export async function loadPolicies(dir: string): Promise<Policies> {
  const [{ exceptions }, { owners }, { baseImages, tiers }] = await Promise.all([
    readDeclaration(join(dir, FILES[0]), exceptionsSchema),
    readDeclaration(join(dir, FILES[1]), ownersSchema),
    readDeclaration(join(dir, FILES[2]), tiersSchema),
  ]);
  for (const [index, exception] of exceptions.entries()) {
    if (Object.hasOwn(owners, exception.owner)) continue;
    const where = `${join(dir, FILES[0])}: exceptions.${index}.owner`;
    throw new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: `${where}: expected a name in owners.yaml, found ${exception.owner}` });
  }
  return { tiers, baseImages, owners, exceptions, sha256: await digestOf(dir) };
}

async function digestOf(dir: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of FILES) {
    const content = await readFile(join(dir, name));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}
