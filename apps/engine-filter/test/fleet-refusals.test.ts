import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CURRENT, DESIRED, FleetFixture, goodReplica, revision } from './fleet.fixture.ts';

let filter: FleetFixture;
beforeAll(async () => {
  filter = await FleetFixture.start();
});
beforeEach(() => filter.reset());
afterAll(() => filter.stop());

const CREATE = '/containers/create?name=demo-catalog-3';
const ID = 'f'.repeat(64);
const connecting = (change: object = {}) => ({ Container: 'unborn', EndpointConfig: { Aliases: ['catalog'] }, ...change });

async function expectRefused(rule: string, answer: Promise<{ status: number; message: string }>): Promise<void> {
  const { status, message } = await answer;
  expect({ status, rule: /\((\w+)\)/.exec(message)?.[1] }).toEqual({ status: 403, rule });
  expect(filter.changes).toEqual([]);
  expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', client: 'fleet', rule }));
}

describe('engine filter › what the fleet may do', () => {
  it('makes a replica exactly as deployed', async () => {
    expect((await filter.ask('POST', CREATE, goodReplica())).status).toBe(201);
    expect(filter.changes).toEqual([{ method: 'POST', url: CREATE, body: goodReplica() }]);
  });
  it('makes one of the revision that ran before, to go back to it', async () => {
    const { previous } = DESIRED.services['catalog'] ?? {};
    const body = { ...previous?.container, Labels: { ...previous?.container.Labels, 'com.docker.compose.container-number': '3' } };
    expect((await filter.ask('POST', CREATE, body)).status).toBe(201);
  });
  it('joins a network of the revision before the first start', async () => {
    expect((await filter.ask('POST', '/networks/demo_catalog-postgres/connect', connecting())).status).toBe(201);
    expect(filter.changes).toEqual([
      { method: 'POST', url: '/networks/demo_catalog-postgres/connect', body: { Container: ID, EndpointConfig: { Aliases: ['catalog'] } } },
    ]);
  });
  it.each([
    ['POST', '/containers/own/start'],
    ['POST', '/containers/own/stop'],
    ['POST', '/containers/own/stop?t=10'],
    ['DELETE', '/containers/own?force=1&v=1'],
  ])('asks the engine for a replica by its full id: %s %s', async (method, path) => {
    expect((await filter.ask(method, path)).status).toBe(201);
    expect(filter.changes[0]?.url).toBe(path.replace('own', ID));
  });
  it('asks the engine no longer than the fleet waits for it', async () => {
    await expect(filter.abandon('GET', '/containers/silent/json')).resolves.toBeUndefined();
    // a filter that goes on asking hangs here
  });
  it.each(['json', 'changes'])('looks at a replica: %s', async (what) => {
    await filter.ask('GET', `/containers/own/${what}`);
    expect(filter.seen.at(-1)?.url).toBe(`/containers/${ID}/${what}`);
  });
  it('lists the replicas of one service of its own project, and no one-off', async () => {
    await filter.ask('GET', `/containers/json?all=1&filters=${encodeURIComponent('{"label":["com.docker.compose.service=catalog"]}')}`);
    const { searchParams } = new URL(filter.seen[0]?.url ?? '', 'http://engine');
    expect(JSON.parse(searchParams.get('filters') ?? '')).toEqual({
      label: ['dev.seaworthy.project=demo', 'com.docker.compose.service=catalog', 'com.docker.compose.oneoff=False'],
    });
  });
  it('hears who went into replicas of one service, up to this moment, whatever else it asks for', async () => {
    const filters = encodeURIComponent('{"label":["com.docker.compose.service=catalog"]}');
    await filter.ask('GET', `/events?filters=${filters}`);
    const { pathname, searchParams } = new URL(filter.seen[0]?.url ?? '', 'http://engine');
    expect(pathname).toBe('/events');
    expect(Math.abs(Number(searchParams.get('until')) - Date.now() / 1000)).toBeLessThan(60);
    expect(JSON.parse(searchParams.get('filters') ?? '')).toEqual({
      type: ['container'],
      event: ['exec_start', 'archive-path', 'extract-to-dir', 'export'],
      label: ['dev.seaworthy.project=demo', 'com.docker.compose.service=catalog', 'com.docker.compose.oneoff=False'],
    });
  });
  it('follows what happens to replicas of one service from now on', async () => {
    const filters = encodeURIComponent('{"label":["com.docker.compose.service=catalog"]}');
    await filter.ask('GET', `/events?follow=1&filters=${filters}`);
    const { searchParams } = new URL(filter.seen[0]?.url ?? '', 'http://engine');
    expect([...searchParams.keys()]).toEqual(['filters']);
    expect(JSON.parse(searchParams.get('filters') ?? '')).toMatchObject({
      type: ['container'],
      event: expect.arrayContaining(['exec_start', 'create', 'start', 'die', 'pause']),
      label: ['dev.seaworthy.project=demo', 'com.docker.compose.service=catalog', 'com.docker.compose.oneoff=False'],
    });
  });
  it.each([
    [
      'of another service, as they come',
      'OWNERSHIP',
      `?follow=1&filters=${encodeURIComponent('{"label":["com.docker.compose.service=postgres"]}')}`,
    ],
    ['of another service', 'OWNERSHIP', `?filters=${encodeURIComponent('{"label":["com.docker.compose.service=postgres"]}')}`],
    ['of everything', 'OWNERSHIP', ''],
    ['without an end', 'QUERY', `?until=9999999999&filters=${encodeURIComponent('{"label":["com.docker.compose.service=catalog"]}')}`],
  ])('hears no events %s', async (_what, rule, query) => {
    await expectRefused(rule, filter.ask('GET', `/events${query}`));
    expect(filter.seen).toEqual([]);
  });
});

describe('engine filter › a replica other than a deployed one', () => {
  const good = goodReplica();
  it.each<[string, unknown]>([
    ['another image', { ...good, Image: `sha256:${'d'.repeat(64)}` }],
    ['the image of the other revision', { ...good, Image: `sha256:${'b'.repeat(64)}` }],
    ['another user', { ...good, User: '0:0' }],
    ['a program of its own', { ...good, Entrypoint: ['/usr/bin/node', '--eval', 'x'] }],
    ['a variable more', { ...good, Env: ['NODE_OPTIONS=--require=/tmp/x'] }],
    ['a writable root', { ...good, HostConfig: { ...good.HostConfig, ReadonlyRootfs: false } }],
    ['a writable root in another case', { ...good, HostConfig: { ...good.HostConfig, readonlyrootfs: false } }],
    ['privileged', { ...good, HostConfig: { ...good.HostConfig, Privileged: true } }],
    ['a bind', { ...good, HostConfig: { ...good.HostConfig, Binds: ['/:/host'] } }],
    ['capabilities kept', { ...good, HostConfig: { ...good.HostConfig, CapDrop: [] } }],
    ['the host’s network', { ...good, HostConfig: { ...good.HostConfig, NetworkMode: 'host' } }],
    ['another service’s label', { ...good, Labels: { ...good.Labels, 'com.docker.compose.service': 'postgres' } }],
    ['another project’s label', { ...good, Labels: { ...good.Labels, 'dev.seaworthy.project': 'other' } }],
    ['a label more', { ...good, Labels: { ...good.Labels, 'dev.seaworthy.engine-client': 'pipeline' } }],
    ['no number', CURRENT.container],
    ['an odd number', { ...good, Labels: { ...good.Labels, 'com.docker.compose.container-number': '3;rm' } }],
    ['an array', [good]],
  ])('refuses %s', async (_what, body) => {
    const { status, message } = await filter.ask('POST', CREATE, body);
    expect({ status, rule: /\((BODY|REVISION)\)/.test(message) }).toEqual({ status: 403, rule: true });
    expect(filter.changes).toEqual([]);
  });
  it.each([
    ['another name', '/containers/create?name=demo-postgres-1'],
    ['another number', '/containers/create?name=demo-catalog-4'],
    ['no name', '/containers/create'],
  ])('refuses %s', (_what, path) => expectRefused('OWNERSHIP', filter.ask('POST', path, good)));
  it('refuses an unknown parameter', () => expectRefused('QUERY', filter.ask('POST', `${CREATE}&platform=linux`, good)));
  it('refuses more than the service may have', () => {
    filter.held = 5;
    return expectRefused('QUOTA', filter.ask('POST', CREATE, good));
  });
  it('refuses what was deployed once and is no longer', async () => {
    await filter.deploy({ ...DESIRED, services: { catalog: { ...DESIRED.services['catalog'], current: revision('d'.repeat(16), 'd') } } });
    await expectRefused('REVISION', filter.ask('POST', CREATE, good));
  });
  it.each([
    ['nothing', ''],
    ['half of it', JSON.stringify(DESIRED).slice(0, 200)],
    ['another project’s', { ...DESIRED, project: 'other' }],
  ])('allows nothing while deploy has written %s', async (_what, desired) => {
    await filter.deploy(desired);
    await expectRefused('REVISION', filter.ask('POST', CREATE, good));
  });
});

describe('engine filter › networks', () => {
  it.each<[string, string, object]>([
    ['a network that is not of the revision', 'demo_orders-postgres', connecting()],
    ['the host’s', 'host', connecting()],
    ['another name on it', 'demo_catalog-postgres', connecting({ EndpointConfig: { Aliases: ['postgres'] } })],
    ['one that runs already', 'demo_catalog-postgres', connecting({ Container: 'own' })],
    ['one that no deploy made', 'demo_catalog-postgres', connecting({ Container: 'handmade' })],
  ])('refuses %s', (_what, network, body) => expectRefused('NETWORK', filter.ask('POST', `/networks/${network}/connect`, body)));
  it.each<[string, object]>([
    ['an address of its own', connecting({ EndpointConfig: { Aliases: ['catalog'], IPAMConfig: { IPv4Address: '10.0.0.1' } } })],
    ['driver options', connecting({ EndpointConfig: { Aliases: ['catalog'], DriverOpts: {} } })],
    ['a path in place of a container', connecting({ Container: '../registry' })],
  ])('refuses %s', (_what, body) => expectRefused('SCHEMA', filter.ask('POST', '/networks/demo_catalog-postgres/connect', body)));
});

describe('engine filter › what is not the fleet’s', () => {
  it.each(['postgres', 'migration', 'foreign', 'bare', 'missing'])('does not say whether it exists: %s', async (name) => {
    for (const [method, path] of [
      ['GET', `/containers/${name}/json`],
      ['POST', `/containers/${name}/stop?t=0`],
      ['DELETE', `/containers/${name}?force=1`],
    ] as const) {
      const { status, message } = await filter.ask(method, path);
      expect({ status, said: message.includes('No such') }).toEqual({ status: 404, said: true });
    }
    expect(filter.changes).toEqual([]);
  });
  it.each([
    ['another service', '{"label":["com.docker.compose.service=postgres"]}'],
    ['everything', '{}'],
    ['two labels', '{"label":["com.docker.compose.service=catalog","x=y"]}'],
    ['no filter', ''],
  ])('lists no %s', (_what, filters) =>
    expectRefused('OWNERSHIP', filter.ask('GET', `/containers/json?all=1&filters=${encodeURIComponent(filters)}`)),
  );
  it.each([
    ['POST', '/containers/own/exec'],
    ['POST', '/exec/abc/start'],
    ['POST', '/containers/own/attach'],
    ['POST', '/containers/own/update'],
    ['POST', '/containers/own/rename?name=x'],
    ['POST', '/containers/own/kill'],
    ['POST', '/containers/own/pause'],
    ['GET', '/containers/own/logs?stdout=1'],
    ['GET', '/containers/own/archive?path=/run/seaworthy/secrets'],
    ['PUT', '/containers/own/archive?path=/'],
    ['GET', '/containers/own/export'],
    ['POST', '/commit?container=own'],
    ['POST', '/images/create?fromImage=x'],
    ['GET', '/images/json'],
    ['POST', '/networks/create'],
    ['GET', '/networks'],
    ['POST', '/networks/demo_catalog-postgres/disconnect'],
    ['POST', '/volumes/create'],
    ['GET', '/volumes'],
    ['GET', '/info'],
  ])('has no %s %s', (method, path) => expectRefused('ROUTE', filter.ask(method, path, method === 'GET' ? undefined : {})));
});
