import { AccessModule } from '@seaworthy/platform';
import { createGatekeeper } from './gatekeeper.service.ts';
import { workloadRegistry } from './promotions/workload-registry.ts';

const service = await createGatekeeper({
  access: AccessModule.accepting('gatekeeper', ['people', 'workloads']),
  registry: workloadRegistry,
});
await service.listen();
