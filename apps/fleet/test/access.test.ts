import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { assembleFleet } from './fleet.fixture.ts';

describe('who may ask the fleet', () => {
  let directory: string;
  let service: Service;
  let token: (name: string, roles?: string[]) => Promise<string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    const issuer = await TestIssuer.create();
    service = await assembleFleet(directory, issuer);
    token = async (name, roles) => (roles ? issuer.person(name, roles) : issuer.workload(name));
  });
  afterAll(async () => {
    await service?.close();
    await rm(directory, { recursive: true });
  });

  const ask = async (url: string, bearer?: string, method: 'GET' | 'POST' = 'GET') =>
    service.app.inject({ method, url, headers: bearer === undefined ? {} : { authorization: `Bearer ${bearer}` } });

  describe.each(['/services', '/events'])('GET %s', (url) => {
    it('answers people who develop, and deploys', async () => {
      expect((await ask(url, await token('developer', ['developer']))).statusCode).toBe(200);
      expect((await ask(url, await token('deploy'))).statusCode).toBe(200);
    });
    it.each<[string, () => Promise<string> | undefined, number]>([
      ['nobody', () => undefined, 401],
      ['a customer', async () => token('marina', ['customer']), 403],
      ['another workload', async () => token('catalog'), 403],
      ['the pipeline', async () => token('pipeline'), 403],
    ])('refuses %s', async (_who, bearer, status) => {
      expect((await ask(url, await bearer())).statusCode).toBe(status);
    });
  });

  it.each(['/services', '/services/catalog', '/events', '/desired'])('has nothing that changes anything: POST %s', async (url) => {
    expect((await ask(url, await token('developer', ['developer']), 'POST')).statusCode).toBe(404);
  });
  it('refuses a number of an event that is none', async () => {
    expect((await ask('/events?after=-1', await token('deploy'))).statusCode).toBe(400);
  });
  it('is not ready while the engine filter does not answer', async () => {
    expect((await ask('/health/ready')).statusCode).toBe(503);
    expect((await ask('/health/live')).statusCode).toBe(200);
  });
});
