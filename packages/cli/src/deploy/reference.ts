import { RELEASE_TAG } from '@seaworthy/contracts';
import { UserError } from '../errors.ts';

/** `release/catalog`, `release/catalog:main` or `release/catalog@sha256:…` as repository and reference. @throws UserError USAGE */
export function parseReference(text: string): [repository: string, reference: string] {
  const [repository = '', digest] = text.split('@');
  const [name = '', tag = RELEASE_TAG, ...more] = repository.split(':');
  // what is elsewhere was let pass by nobody, and deploy may not even read it
  if (name.startsWith('release/') && more.length === 0) return [name, digest ?? tag];
  throw new UserError({
    code: 'USAGE',
    message: 'There is no such reference',
    expected: 'release/<name>, release/<name>:<tag> or release/<name>@sha256:<digest>',
    found: text,
    remedy: `npm run deploy release/${name === '' || name.includes('/') ? 'catalog' : name}`,
  });
}
