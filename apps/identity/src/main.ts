import { createIdentityService } from './identity.service.ts';

const service = await createIdentityService();
await service.listen();
