import { join } from 'node:path';
import { readDeclaration } from '../declaration.ts';
import { licencesSchema, type LicencePolicy } from './licences.policy.ts';
import { secretsSchema, type SecretsPolicy } from './secrets.policy.ts';
import { sourceSchema, type SourcePolicy } from './source.policy.ts';

/** What a change is judged by before and while it is built. */
export interface ChangePolicies {
  readonly licences: LicencePolicy;
  readonly secrets: SecretsPolicy;
  readonly source: SourcePolicy;
}

/** Reads them from `infra/policies`. @throws PolicyError that names file, path and what was expected */
export async function loadChangePolicies(dir: string): Promise<ChangePolicies> {
  const [licences, secrets, source] = await Promise.all([
    readDeclaration(join(dir, 'licences.yaml'), licencesSchema),
    readDeclaration(join(dir, 'secrets.yaml'), secretsSchema),
    readDeclaration(join(dir, 'source.yaml'), sourceSchema),
  ]);
  return { licences, secrets, source };
}
