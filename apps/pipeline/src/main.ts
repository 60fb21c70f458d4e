import { createPipeline } from './pipeline.service.ts';

const service = await createPipeline();
await service.listen();
