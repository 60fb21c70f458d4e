import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { Service } from '@seaworthy/platform';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { FleetConfig } from '../src/fleet.config.ts';
import { FleetModule } from '../src/fleet.module.ts';

/** The real fleet, where nothing was deployed and no engine answers. */
describe('who may ask the fleet', () => {
  let directory: string;
  let service: Service;
  let token: (name: string, roles?: string[]) => Promise<string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    const keys = await generateKeyPair('ES256', { extractable: true });
    const jwks = createLocalJWKSet({ keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'ES256', kid: 'test' }] });
    const access = AccessModule.using({ useFactory: () => new TokenVerifier({ keys: { people: jwks, workloads: jwks } }) });
    service = await assembleService(FleetModule.with(access), {
      name: 'fleet',
      config: [FleetConfig],
      source: {
        environment: {
          ENGINE_SOCKET: join(directory, 'engine.sock'),
          EDGE_SOCKET: join(directory, 'edge.sock'),
          DESIRED_FILE: join(directory, 'desired.json'),
          LOG_LEVEL: 'silent',
        },
        secret: () => undefined,
      },
    });
    token = async (name, roles) =>
      new SignJWT({ client_id: roles ? 'seaworthy-cli' : name, ...(roles && { roles }) })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })
        .setIssuer(roles ? ISSUERS.people : ISSUERS.workloads)
        .setAudience(AUDIENCE)
        .setSubject(name)
        .setJti('test')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(keys.privateKey);
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
