import { RegistryClient } from '@seaworthy/oci';
import { startRegistry } from '@seaworthy/testing';
import { describe, jest } from '@jest/globals';
import { describePromotion } from './promotion.cases.ts';

jest.setTimeout(180_000);

describe('promote, on the real registry', () => {
  describePromotion(async () => {
    const started = await startRegistry();
    const registry = new RegistryClient({ baseUrl: started.baseUrl, ca: started.ca, connectTo: started.connectTo });
    return {
      registry,
      stop: async () => {
        await registry.close();
        await started.stop();
      },
    };
  });
});
