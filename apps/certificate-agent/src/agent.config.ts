import { ENDPOINTS, INTERNAL_DOMAIN } from '@seaworthy/contracts';
import { absolutePath, baseUrl, configGroup, variable } from '@seaworthy/platform/config';

/** Names of the edge, as the authority's table allows them to the workload `edge`. */
export const EDGE_NAMES = [`edge.${INTERNAL_DOMAIN}`, 'localhost', '127.0.0.1'] as const;

export class AgentConfig extends configGroup({
  identityUrl: variable('IDENTITY_URL', baseUrl('https').default(`https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`)),
  /** where HAProxy's `bind … crt` points to; in a volume that only the edge shares */
  certificateFile: variable('CERTIFICATE_FILE', absolutePath.default('/run/edge/edge.pem')),
  /** HAProxy's runtime API, level admin */
  adminSocket: variable('ADMIN_SOCKET', absolutePath.default('/run/edge/haproxy.sock')),
}) {}
