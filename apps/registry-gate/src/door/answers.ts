import type { ServerResponse } from 'node:http';
import { SERVICE } from '../tokens/registry-tokens.ts';
import type { RegistryRequest } from './registry-request.ts';

/** Error codes of the OCI Distribution specification 1.1, section "Error Codes". */
export type RefusalCode = 'UNAUTHORIZED' | 'DENIED' | 'UNSUPPORTED' | 'UNAVAILABLE' | 'MISDIRECTED';

const STATUS = { UNAUTHORIZED: 401, DENIED: 403, UNSUPPORTED: 404, UNAVAILABLE: 503, MISDIRECTED: 421 } as const satisfies Record<
  RefusalCode,
  number
>;

/** Answers with an error in the registry's own form. The connection ends: what the client may still send is not read. */
export function refuse(response: ServerResponse, code: RefusalCode, message: string, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = JSON.stringify({ errors: [{ code, message }] });
  response.writeHead(STATUS[code], {
    ...BASE_HEADERS,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** Where to get a token, and for what (RFC 6750 section 3, Docker registry token authentication). */
export function challenge(
  host: string,
  request: RegistryRequest | undefined,
  error?: 'invalid_token' | 'insufficient_scope',
): Record<string, string> {
  const scope = scopeOf(request);
  const parts = [
    `realm="https://${host}/token"`,
    `service="${SERVICE}"`,
    ...(scope ? [`scope="${scope}"`] : []),
    ...(error ? [`error="${error}"`] : []),
  ];
  return { 'www-authenticate': `Bearer ${parts.join(',')}` };
}

function scopeOf(request: RegistryRequest | undefined): string | undefined {
  if (request?.kind === 'catalog') return 'registry:catalog:*';
  if (!request?.repository) return undefined;
  return `repository:${request.repository}:${request.action === 'push' ? 'pull,push' : request.action}`;
}

export const BASE_HEADERS = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
} as const;
