import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { FilterFixture, goodContainer, goodNetwork, OWN_LABELS } from './filter.fixture.ts';

let filter: FilterFixture;
beforeAll(async () => {
  filter = await FilterFixture.start();
});
beforeEach(() => {
  filter.seen.length = 0;
  filter.audit.length = 0;
});
afterAll(() => filter.stop());

async function expectRefused(rule: string, status: number, answer: Promise<{ status: number; message: string }>): Promise<void> {
  expect((await answer).status).toBe(status);
  expect(filter.changes).toEqual([]);
  expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', client: 'pipeline', rule }));
}
const create = (body: unknown) => filter.ask('POST', '/networks/create', body);
const subnet = (Subnet: string): unknown => ({ ...goodNetwork(), IPAM: { Driver: 'default', Config: [{ Subnet }] } });

describe('engine filter › POST /networks/create', () => {
  it('passes on a network that leads nowhere, written anew', async () => {
    expect((await create(goodNetwork())).status).toBe(201);
    expect(filter.changes).toEqual([{ method: 'POST', url: '/networks/create', body: goodNetwork() }]);
  });
  it.each<[string, string, unknown]>([
    ['a way out', 'SCHEMA', { ...goodNetwork(), Internal: false }],
    ['no word about a way out', 'SCHEMA', { ...goodNetwork(), Internal: undefined }],
    ['an address on the host', 'SCHEMA', { ...goodNetwork(), Options: {} }],
    ['an address on the host, in words', 'SCHEMA', { ...goodNetwork(), Options: { 'com.docker.network.bridge.inhibit_ipv4': 'false' } }],
    ['another option', 'SCHEMA', { ...goodNetwork(), Options: { ...goodNetwork().Options, 'com.docker.network.bridge.name': 'docker0' } }],
    ['the host’s own interface', 'SCHEMA', { ...goodNetwork(), Driver: 'macvlan' }],
    ['IPv6', 'SCHEMA', { ...goodNetwork(), EnableIPv6: true }],
    ['containers of others that may join', 'SCHEMA', { ...goodNetwork(), Attachable: true }],
    ['an ingress', 'SCHEMA', { ...goodNetwork(), Ingress: true }],
    ['a configuration of somebody else', 'SCHEMA', { ...goodNetwork(), ConfigFrom: { Network: 'host' } }],
    [
      'a gateway',
      'SCHEMA',
      { ...goodNetwork(), IPAM: { Driver: 'default', Config: [{ Subnet: '10.213.6.0/28', Gateway: '10.213.6.1' }] } },
    ],
    [
      'two subnets',
      'SCHEMA',
      { ...goodNetwork(), IPAM: { Driver: 'default', Config: [{ Subnet: '10.213.6.0/28' }, { Subnet: '10.213.6.16/28' }] } },
    ],
    ['no subnet: the engine would take one of its pools', 'SCHEMA', { ...goodNetwork(), IPAM: { Driver: 'default', Config: [] } }],
    ['a name of compose', 'OWNERSHIP', { ...goodNetwork(), Name: 'demo_egress' }],
    ['no labels', 'OWNERSHIP', { ...goodNetwork(), Labels: {} }],
    ['labels of another project', 'OWNERSHIP', { ...goodNetwork(), Labels: { ...OWN_LABELS, 'dev.seaworthy.project': 'other' } }],
    ['a subnet beside its range', 'NETWORK', subnet('10.213.7.0/28')],
    ['a range of many', 'NETWORK', subnet('10.213.6.0/24')],
    ['a subnet of somebody’s house', 'NETWORK', subnet('192.168.1.0/28')],
    ['a subnet that begins in the middle', 'NETWORK', subnet('10.213.6.8/28')],
    ['a subnet beyond the end', 'NETWORK', subnet('10.213.6.256/28')],
    ['a subnet with a zero before', 'NETWORK', subnet('10.213.6.016/28')],
  ])('refuses %s', async (_what, rule, body) => expectRefused(rule, 403, create(body)));
});

describe('engine filter › networks that are there', () => {
  const on = (NetworkMode: string) =>
    filter.ask('POST', '/containers/create?name=demo.pipeline.job', {
      ...goodContainer(),
      HostConfig: { ...goodContainer().HostConfig, NetworkMode, Dns: ['127.0.0.1'] },
    });
  it('lets a container join one of the client’s own', async () => {
    expect((await on('demo.pipeline.own')).status).toBe(201);
  });
  it.each(['demo.pipeline.open', 'demo.pipeline.other', 'demo.pipeline.none', 'bbbbbbbbbbbb', 'bridge', 'host', 'demo_default'])(
    'does not let it join %s',
    async (network) => expectRefused('NETWORK', 403, on(network)),
  );
  it('removes one of the client’s own, by its full id', async () => {
    expect((await filter.ask('DELETE', '/networks/demo.pipeline.own')).status).toBe(201);
    expect(filter.changes).toEqual([{ method: 'DELETE', url: `/networks/${'d'.repeat(64)}`, body: undefined }]);
  });
  it.each(['demo.pipeline.other', 'demo_egress', 'bbbbbbbbbbbb', 'nothing'])('knows nothing of %s', async (network) =>
    expectRefused('OWNERSHIP', 404, filter.ask('DELETE', `/networks/${network}`)),
  );
  it.each([
    ['POST', '/networks/demo.pipeline.own/connect'],
    ['POST', '/networks/demo.pipeline.own/disconnect'],
    ['POST', '/networks/prune'],
    ['GET', '/networks/demo_egress'],
  ])('refuses %s %s', async (method, path) => expectRefused('ROUTE', 403, filter.ask(method, path)));
  it('lists only what is the client’s own, whatever it asks for', async () => {
    await filter.ask('GET', '/networks?filters=%7B%7D');
    const { searchParams } = new URL(filter.seen[0]?.url ?? '', 'http://engine');
    expect(JSON.parse(searchParams.get('filters') ?? '')).toEqual({
      label: Object.entries(OWN_LABELS).map(([key, value]) => `${key}=${value}`),
    });
  });
});

describe('engine filter › mounts below /run', () => {
  const at = (Target: string) =>
    filter.ask('POST', '/containers/create?name=demo.pipeline.job', {
      ...goodContainer(),
      HostConfig: { ...goodContainer().HostConfig, Mounts: [{ Type: 'volume', Source: 'demo.pipeline.own', Target }] },
    });
  it('are where services look for what the operator gives them', async () => {
    expect((await at('/run/seaworthy/secrets')).status).toBe(201);
  });
  it.each(['/run', '/run/secrets', '/run/seaworthy', '/run/seaworthy/a/b', '/run/docker.sock'])('are not %s', async (target) =>
    expectRefused('SCHEMA', 403, at(target)),
  );
});
