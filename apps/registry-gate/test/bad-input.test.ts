import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openApiDocument } from '@seaworthy/platform/openapi';
import { fieldFaults } from '@seaworthy/testing/fields';
import { startGate, type RunningGate } from './gate.fixture.ts';

describe('the gate, when it is told nonsense', () => {
  let gate: RunningGate;
  beforeAll(async () => {
    gate = await startGate();
  });
  afterAll(() => gate.stop());

  it('refuses every field of its own routes in every way; none of it reaches the registry', async () => {
    const authorization = `Basic ${Buffer.from(`anything:${await gate.identityToken('pipeline')}`).toString('base64')}`;
    const right = {
      'GET /token': {
        status: 200,
        query: { service: 'registry.seaworthy.internal', scope: 'repository:staging/catalog:pull' },
        headers: { authorization },
      },
    };
    const document = openApiDocument(gate.app, { title: 'gate', description: '' });
    // what clients send besides (account, offline_token) is ignored there, as the token specification has it
    expect(await fieldFaults(gate.app, document, right)).toEqual([expect.stringContaining('GET /token: the query has one more')]);
    expect(gate.seen).toEqual([]);
  });
});
