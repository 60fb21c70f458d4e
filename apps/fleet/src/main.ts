import { ENDPOINTS } from '@seaworthy/contracts';
import { AccessModule, createService } from '@seaworthy/platform';
import { FleetConfig } from './fleet.config.ts';
import { FleetModule } from './fleet.module.ts';

const fleet = await createService(FleetModule.with(AccessModule.accepting('fleet', ['people', 'workloads'])), {
  name: 'fleet',
  config: [FleetConfig],
  certificateNames: [ENDPOINTS.fleet.host, 'localhost', '127.0.0.1'],
});
await fleet.listen();
