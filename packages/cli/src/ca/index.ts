export { createAuthority } from './authority.ts';
export type { Authority } from './authority.ts';
export { CaError } from './ca.error.ts';
export type { CaErrorCode } from './ca.error.ts';
export { identitySecrets, rotateIssuerKeys } from './identity-secrets.ts';
export type { IdentitySecrets, Person } from './identity-secrets.ts';
