import type { Server } from 'node:https';
import type { DynamicModule } from '@nestjs/common';
import { AuditLog, createService, TokenVerifier, type Service, type ServiceOptions } from '@seaworthy/platform';
import { AccessLog } from './door/access-log.ts';
import { RegistryDoor } from './door/registry-door.ts';
import { Upstream } from './door/upstream.ts';
import { GateConfig } from './gate.config.ts';
import { gateModule } from './gate.module.ts';
import { RightsTable } from './rights/rights.table.ts';
import { RegistryTokens, SERVICE } from './tokens/registry-tokens.ts';

/** A layer of some hundred megabytes may take its time; a body that nobody has let through yet gives way to the next request. */
const UPLOAD_MS = 15 * 60_000;
/** What does not go to the registry has no body. */
const BODY_LIMIT = 1024;

/** The only door to the registry. */
export async function createGate(
  access: DynamicModule,
  options: Pick<ServiceOptions, 'source' | 'logDestination' | 'certificate'> = {},
): Promise<Service> {
  const door = new RegistryDoor();
  const service = await createService(gateModule(access), {
    ...options,
    name: 'registry-gate',
    config: [GateConfig],
    bodyLimit: BODY_LIMIT,
    certificateNames: [SERVICE, 'localhost', '127.0.0.1'],
    fastify: (instance) => door.attach(instance),
  });
  const { app } = service;
  (app.getHttpServer() as unknown as Server).requestTimeout = UPLOAD_MS;
  door.open({
    rights: app.get(RightsTable),
    tokens: app.get(RegistryTokens),
    verifier: app.get(TokenVerifier),
    upstream: app.get(Upstream),
    log: new AccessLog(app.get(AuditLog)),
  });
  return service;
}
