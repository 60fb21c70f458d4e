import { createGate } from './gate.service.ts';

const service = await createGate();
await service.listen();
