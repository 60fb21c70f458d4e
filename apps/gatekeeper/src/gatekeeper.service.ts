import { ENDPOINTS } from '@seaworthy/contracts';
import { createService, type Service, type ServiceOptions } from '@seaworthy/platform';
import { GatekeeperConfig } from './gatekeeper.config.ts';
import { gatekeeperModule, type GatekeeperParts } from './gatekeeper.module.ts';

/** Evidence in, verdict out. */
export async function createGatekeeper(
  parts: GatekeeperParts,
  options: Pick<ServiceOptions, 'source' | 'logDestination' | 'certificate'> = {},
): Promise<Service> {
  return createService(gatekeeperModule(parts), {
    ...options,
    name: 'gatekeeper',
    config: [GatekeeperConfig],
    // the host asks it, under the name of its loopback too
    certificateNames: [ENDPOINTS.gatekeeper.host, 'localhost', '127.0.0.1'],
  });
}
