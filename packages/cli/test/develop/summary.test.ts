import { describe, expect, it } from '@jest/globals';
import { serviceCardSchema } from '@seaworthy/policy';
import { sessionSummary } from '../../src/develop/summary.ts';

describe('what npm run dev prints', () => {
  it('can be copied where the clone lies in a folder with a space', () => {
    const card = serviceCardSchema.parse({ name: 'identity', tier: 'internal', owner: 'platform', description: 'tokens', parent: 'node' });
    const service = { card, port: 7443, debugPort: 9229, named: true, bundleDir: '/my clones/bundle', environment: {} };
    const tokens = { fileOf: (name: string) => `/my clones/${name}.token` };
    const text = sessionSummary({ services: [service], rootFile: '/my clones/root.pem', tokens });
    expect(text).toContain("curl --cacert '/my clones/root.pem' https://localhost:7443/health/ready");
    expect(text).toContain(`-H "authorization: Bearer $(cat '/my clones/marina.token')"`);
  });
});
