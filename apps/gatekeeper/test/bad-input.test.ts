import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@seaworthy/platform/openapi';
import { fieldFaults } from '@seaworthy/testing/fields';
import { startGatekeeper } from './gatekeeper.fixture.ts';

describe('gatekeeper, when it is told nonsense', () => {
  let gatekeeper: Awaited<ReturnType<typeof startGatekeeper>>;
  beforeAll(async () => {
    gatekeeper = await startGatekeeper();
  });
  afterAll(() => gatekeeper.stop());

  it('refuses every field of every route in every way, and promotes nothing', async () => {
    const { app, token, evidence } = gatekeeper;
    await evidence.releaseBase();
    const { digest } = await evidence.stage({ name: 'sound' });
    const right = {
      'POST /promotions': { status: 200, body: { repository: 'staging/sound', digest, tag: evidence.commit } },
      'GET /promotions/{image}/{digest}': { status: 200, path: { image: 'sound', digest } },
    };
    const document = openApiDocument(app, { title: 'gatekeeper', description: '' });
    expect(await fieldFaults(app, document, right, { authorization: `Bearer ${await token('pipeline')}` })).toEqual([]);
    expect(gatekeeper.audit()).toHaveLength(1); // the right one
  });
});
