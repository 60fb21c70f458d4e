import { ENDPOINTS, INTERNAL_DOMAIN } from '@seaworthy/contracts';
import { z } from 'zod';

/** Names of the edge, as the authority's table allows them to the workload `edge`. */
export const EDGE_NAMES = [`edge.${INTERNAL_DOMAIN}`, 'localhost', '127.0.0.1'] as const;

const schema = z.object({
  IDENTITY_URL: z.url({ protocol: /^https$/ }).default(`https://${ENDPOINTS.identity.host}:${ENDPOINTS.identity.port}`),
  /** where HAProxy's `bind … crt` points to; in a volume that only the edge shares */
  CERTIFICATE_FILE: z.string().startsWith('/').default('/run/edge/edge.pem'),
  /** HAProxy's runtime API, level admin */
  ADMIN_SOCKET: z.string().startsWith('/').default('/run/edge/haproxy.sock'),
});
export type AgentConfig = z.infer<typeof schema>;

/** @throws Error that names the bad variables, never their values */
export function readAgentConfig(environment: Readonly<Record<string, string | undefined>>): AgentConfig {
  const result = schema.safeParse(environment);
  if (result.success) return result.data;
  throw new Error(`configuration refused: ${result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}`);
}
