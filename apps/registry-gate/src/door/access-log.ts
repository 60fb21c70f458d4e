import type { AuditLog } from '@seaworthy/platform';
import type { Bearer } from '../tokens/registry-tokens.ts';
import type { RegistryRequest } from './registry-request.ts';

export interface AccessRecord {
  bearer: Bearer | undefined;
  method: string;
  request: RegistryRequest | undefined;
  status: number;
  /** bytes of the answer's body */
  bytes: number;
  /** why it was refused, or broke off */
  reason: string | undefined;
  milliseconds: number;
}

/** One line a request, `"msg":"registry access"`: who did what to which repository, and how much went out. Drills read it. */
export class AccessLog {
  readonly #audit: AuditLog;

  constructor(audit: AuditLog) {
    this.#audit = audit;
  }

  write({ bearer, method, request, status, bytes, reason, milliseconds }: AccessRecord): void {
    this.#audit.write({
      msg: 'registry access',
      identity: bearer ? `${bearer.kind}:${bearer.name}` : 'anonymous',
      method,
      kind: request?.kind ?? 'unknown',
      action: request?.action,
      repository: request?.repository ?? '',
      reference: request?.reference ?? '',
      ...(request?.mountFrom !== undefined && { mountFrom: request.mountFrom }),
      status,
      bytes,
      ...(reason !== undefined && { reason }),
      durationMs: Math.round(milliseconds * 10) / 10,
    });
  }
}
