import { join } from 'node:path';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { Service } from '@seaworthy/platform';
import type { TestIssuer } from '@seaworthy/testing/issuer';
import { FleetConfig } from '../src/fleet.config.ts';
import { FleetModule } from '../src/fleet.module.ts';

/** The real fleet, where nothing was deployed and no engine answers. */
export async function assembleFleet(directory: string, { keys }: TestIssuer): Promise<Service> {
  return assembleService(FleetModule.with(AccessModule.using({ useFactory: () => new TokenVerifier({ keys }) })), {
    name: 'fleet',
    config: [FleetConfig],
    source: {
      environment: {
        ENGINE_SOCKET: join(directory, 'engine.sock'),
        EDGE_SOCKET: join(directory, 'edge.sock'),
        DESIRED_FILE: join(directory, 'desired.json'),
        LOG_LEVEL: 'silent',
      },
      secret: () => undefined,
    },
  });
}
