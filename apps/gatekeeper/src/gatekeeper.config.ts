import { ENDPOINTS, MOUNTS } from '@seaworthy/contracts';
import { absolutePath, baseUrl, configGroup, privateKey, secretFile, variable } from '@seaworthy/platform';

export class GatekeeperConfig extends configGroup({
  registryUrl: variable('REGISTRY_URL', baseUrl('https').default(`https://${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}`)),
  /** the policies, which are in the image beside the bundle */
  policiesDir: variable('POLICIES_DIR', absolutePath.default('/app/policies')),
  /** whose signatures count; read anew for each verdict, so that a revoked key counts no longer at once */
  trustFile: variable('TRUST_FILE', absolutePath.default(`${MOUNTS.trust}/trust.json`)),
  /** ECDSA P-256, PEM (PKCS#8) */
  signingKey: secretFile('signing.key', privateKey),
}) {}
