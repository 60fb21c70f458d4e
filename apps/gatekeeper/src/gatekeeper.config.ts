import { ENDPOINTS, MOUNTS } from '@seaworthy/contracts';
import { configGroup, secretFile, variable } from '@seaworthy/platform';
import { z } from 'zod';

export class GatekeeperConfig extends configGroup({
  registryUrl: variable(
    'REGISTRY_URL',
    z.url({ protocol: /^https$/ }).default(`https://${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}`),
  ),
  /** the policies, which are in the image beside the bundle */
  policiesDir: variable('POLICIES_DIR', z.string().startsWith('/').default('/app/policies')),
  /** whose signatures count; read anew for each verdict, so that a revoked key counts no longer at once */
  trustFile: variable('TRUST_FILE', z.string().startsWith('/').default(`${MOUNTS.trust}/trust.json`)),
  /** ECDSA P-256, PEM (PKCS#8) */
  signingKey: secretFile('signing.key', z.string().startsWith('-----BEGIN PRIVATE KEY-----', 'must be a private key in PEM')),
}) {}
