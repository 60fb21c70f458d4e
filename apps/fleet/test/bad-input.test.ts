import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '@seaworthy/platform';
import { openApiDocument } from '@seaworthy/platform/openapi';
import { fieldFaults } from '@seaworthy/testing/fields';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { assembleFleet } from './fleet.fixture.ts';

describe('the fleet, when it is told nonsense', () => {
  let directory: string;
  let service: Service;
  let issuer: TestIssuer;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    issuer = await TestIssuer.create();
    service = await assembleFleet(directory, issuer);
  });
  afterAll(async () => {
    await service?.close();
    await rm(directory, { recursive: true });
  });

  it('refuses every field of every route in every way', async () => {
    const document = openApiDocument(service.app, { title: 'fleet', description: '' });
    const right = { 'GET /services': { status: 200 }, 'GET /events': { status: 200, query: { after: '0' } } };
    // a stream answers until its reader goes: only what is refused comes to an end
    const { '/events/stream': _stream, ...paths } = document.paths;
    const headers = { authorization: `Bearer ${await issuer.workload('deploy')}` };
    expect(await fieldFaults(service.app, { paths }, right, headers)).toEqual([]);
  });

  it.each(['-1', '1.5', '9'.repeat(40), '%00', 'latest'])('follows nothing from the event %j', async (last) => {
    const headers = { authorization: `Bearer ${await issuer.workload('deploy')}`, 'last-event-id': last };
    const answer = await service.app.inject({ url: '/events/stream', headers });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([400, 'application/problem+json']);
  });
});
