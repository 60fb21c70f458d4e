import { describe, expect, it } from '@jest/globals';
import { loadDrill, runDrill } from '../src/index.ts';
import type { DrillPlatform } from '../src/index.ts';
import { OTHERS } from '../src/runtime/compromised-replica/targets.ts';

const INTERNET = { name: 'internet', address: '10.9.0.2', gateway: '10.9.0.1', port: 80, gatewayPort: 81 };
const playInternet = (visits: number) => async () => ({ ...INTERNET, visits: async () => visits, stop: async () => undefined });

/** A job, by what the hostile test in it found. */
function job(findings: object, visits = 0): DrillPlatform {
  return {
    playInternet: playInternet(visits),
    submitChange: async () => ({ id: '1', state: 'failed', stages: [], failure: { message: `attack=${JSON.stringify(findings)}` } }),
  } as unknown as DrillPlatform;
}

/** A replica from which these hosts are reached, on a platform of which this runs. */
function replica(
  hosts: readonly string[],
  visits = 0,
  otherwise = 'ENETUNREACH',
  reached = 'REACHED',
  running: readonly string[] = ['catalog', ...OTHERS],
): DrillPlatform {
  const containers = running.map((service, at) => ({
    Labels: { 'com.docker.compose.service': service },
    NetworkSettings: { Networks: { inner: { IPAddress: `10.8.0.${at + 2}` } } },
  }));
  return {
    docker: {
      listContainers: async () => containers,
      listNetworks: async () => [{ Name: 'inner', Internal: true, IPAM: { Config: [{ Gateway: '10.8.0.1' }] } }],
    },
    playInternet: playInternet(visits),
    inPlaceOf: async (_service: string, { entrypoint = [] }: { entrypoint?: readonly string[] }) => {
      const targets = /const TARGETS = JSON\.parse\('(.*)'\)/.exec(entrypoint.at(-1) ?? '')?.[1] ?? '[]';
      const found = (JSON.parse(targets) as { what: string; host: string }[]).map(({ what, host }) => ({
        what,
        result: DECLARED.includes(host) && hosts.includes(host) ? 'REACHED' : hosts.includes(host) ? reached : otherwise,
      }));
      return { exitCode: 0, output: `findings=${JSON.stringify(found)}` };
    },
  } as unknown as DrillPlatform;
}

/** What a program that was run in the place of a replica found. */
function program(findings: object): DrillPlatform {
  return { inPlaceOf: async () => ({ exitCode: 0, output: `findings=${JSON.stringify(findings)}` }) } as unknown as DrillPlatform;
}

/** Sessions at two replicas of orders, of which these steps were lost. */
function sessions(...lost: { step: string; status: number }[]): DrillPlatform {
  const container = { State: 'running', NetworkSettings: { Networks: { 'harbour_edge-orders': { IPAddress: '10.7.0.2' } } } };
  return {
    ...program({ steps: 8, changes: 7, lost: lost.map((one) => ({ replica: '10.7.0.2', ...one })) }),
    project: 'harbour',
    docker: { listContainers: async () => [container, container] },
    customer: () => async () => 'a token',
  } as unknown as DrillPlatform;
}

const DECLARED = ['identity', 'postgres', 'valkey'];
const EVERYBODY = [...DECLARED, ...OTHERS, '10.8.0.1', INTERNET.address, INTERNET.name];
const SHUT = { name: 'EAI_AGAIN', address: 'ENETUNREACH', dns: 'ECONNREFUSED', gateway: 'ENETUNREACH', proxy: 'EAI_AGAIN' };
const OUT = { name: 'REACHED', address: 'REACHED', dns: 'REACHED', gateway: 'REACHED', proxy: 'EAI_AGAIN' };
const NOTHING = { sockets: [], engine: [], strangeMounts: [], stolen: 'NOTHING' };
const WRITTEN = { tried: 1, errors: {}, written: '/app/intruder', marker: 'it ran' };
const UNREAD = { step: 'read', status: 404 };
const SOCKET = { ...NOTHING, sockets: ['/run/docker.sock'], stolen: 'STATUS_404' };

describe('an attack with several targets', () => {
  it.each<[string, string, DrillPlatform]>([
    ['compromised-replica', 'gatekeeper', replica([...DECLARED, 'gatekeeper'])],
    ['compromised-replica', 'the engine', replica(['10.8.0.1'])],
    ['compromised-replica', 'the internet', replica(DECLARED, 1)],
    ['compromised-replica', 'gatekeeper', replica([...DECLARED, 'gatekeeper'], 0, 'ENETUNREACH', 'REFUSED')],
    ['job-dials-out', 'name', job({ ...SHUT, name: 'CONNECTED' })],
    ['job-dials-out', 'gateway', job({ ...SHUT, gateway: 'REFUSED' })],
    ['job-dials-out', 'gateway', job({ ...SHUT, gateway: 'REACHED' })],
    ['job-dials-out', 'proxy', job({ ...SHUT, proxy: 'CLOSED' })],
    ['job-dials-out', 'got out', job(SHUT, 1)],
    ['job-seeks-engine', '/run/docker.sock', job(SOCKET)],
    ['job-seeks-engine', '/run/secrets', job({ ...NOTHING, strangeMounts: ['/run/secrets'] })],
    ['write-to-root', '/app/intruder', program({ ...WRITTEN, marker: undefined })],
  ])('%s has succeeded when one is reached in spite of the control: %s', async (id, reached, platform) => {
    expect(await runDrill(id, await loadDrill(id), platform, 'present')).toMatchObject({
      outcome: 'succeeded',
      passed: false,
      reason: expect.stringContaining(reached),
    });
  });

  it.each<[string, string, DrillPlatform]>([
    [
      'compromised-replica',
      'the internet by address',
      replica(
        EVERYBODY.filter((host) => host !== INTERNET.address),
        1,
      ),
    ],
    [
      'compromised-replica',
      'valkey: ENETUNREACH',
      replica(
        EVERYBODY.filter((host) => host !== 'valkey'),
        1,
      ),
    ],
    ...['payments-postgres', 'nats', 'pipeline', 'fleet'].map((missed): [string, string, DrillPlatform] => [
      'compromised-replica',
      `${missed} at`,
      replica(
        EVERYBODY.filter((host) => host !== missed),
        1,
      ),
    ]),
    ['compromised-replica', 'visits', replica(EVERYBODY, 0)],
    ['job-dials-out', 'address: ENETUNREACH', job({ ...OUT, address: 'ENETUNREACH' }, 1)],
    ['job-seeks-engine', 'STATUS_404', job(SOCKET)],
    ['write-to-root', 'to run it', program({ ...WRITTEN, marker: undefined })],
    ['any-replica', 'place, which failed otherwise: 503', sessions(UNREAD, { step: 'place', status: 503 })],
    ['any-replica', 'an order that is not there for who reads it', sessions({ step: 'follow', status: 404 })],
  ])('%s proves nothing while one is still out of reach without the control: %s', async (id, missed, platform) => {
    expect(await runDrill(id, await loadDrill(id), platform, 'removed')).toMatchObject({
      outcome: 'error',
      passed: false,
      reason: expect.stringContaining(missed),
    });
  });

  it.each<[string, DrillPlatform, DrillPlatform]>([
    ['compromised-replica', replica(DECLARED), replica(EVERYBODY, 1)],
    ['job-dials-out', job(SHUT), job(OUT, 1)],
    ['job-seeks-engine', job(NOTHING), job({ ...SOCKET, stolen: 'REACHED' })],
    ['write-to-root', program({ tried: 1, errors: { EROFS: 1 } }), program(WRITTEN)],
    ['any-replica', sessions(), sessions(UNREAD, { step: 'read at last', status: 200 })],
  ])('%s passes with none of them, and without the control with all', async (id, guarded, open) => {
    expect(await runDrill(id, await loadDrill(id), guarded, 'present')).toMatchObject({ outcome: 'refused', passed: true });
    expect(await runDrill(id, await loadDrill(id), open, 'removed')).toMatchObject({ outcome: 'succeeded', passed: true });
  });

  it.each<[string, string, DrillPlatform]>([
    ['compromised-replica', 'gatekeeper at gatekeeper: FAILED', replica(DECLARED, 0, 'FAILED')],
    ['job-dials-out', 'name: FAILED', job({ ...SHUT, name: 'FAILED' })],
    ...['orders', 'orders-postgres', 'registry-gate'].map((absent): [string, string, DrillPlatform] => [
      'compromised-replica',
      `${absent} at`,
      replica(
        DECLARED,
        0,
        'ENETUNREACH',
        'REACHED',
        ['catalog', ...OTHERS].filter((service) => service !== absent),
      ),
    ]),
  ])('%s proves no wall when nobody knows how an attempt ended, or there was none: %s', async (id, strange, platform) => {
    expect(await runDrill(id, await loadDrill(id), platform, 'present')).toMatchObject({
      outcome: 'error',
      reason: expect.stringContaining(strange),
    });
  });
});
