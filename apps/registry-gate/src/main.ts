import { AccessModule } from '@seaworthy/platform';
import { createGate } from './gate.service.ts';

const service = await createGate(AccessModule.accepting('registry-gate', ['people', 'workloads']));
await service.listen();
