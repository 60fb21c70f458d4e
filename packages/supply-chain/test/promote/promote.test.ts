import { RegistryClient } from '@seaworthy/oci';
import { MemoryRegistry } from '@seaworthy/testing/memory-registry';
import { describe } from '@jest/globals';
import { describePromotion } from './promotion.cases.ts';

describe('promote', () => {
  describePromotion(async () => {
    const storage = await MemoryRegistry.start();
    const registry = new RegistryClient({ baseUrl: 'http://registry', socketPath: storage.socketPath });
    return {
      registry,
      stop: async () => {
        await registry.close();
        await storage.stop();
      },
    };
  });
});
