import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import type { FleetEvent } from '../src/events/event.ts';
import { EventLog } from '../src/events/event.log.ts';
import { assembleFleet } from './fleet.fixture.ts';

describe('who follows what the fleet does', () => {
  let directory: string;
  let service: Service;
  let events: EventLog;
  let headers: Record<string, string>;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'fleet-'));
    const issuer = await TestIssuer.create();
    service = await assembleFleet(directory, issuer);
    events = service.app.get(EventLog);
    headers = { authorization: `Bearer ${await issuer.workload('deploy')}` };
    for (const replica of ['one', 'two', 'three'])
      events.add({ service: 'catalog', kind: 'removed', replica, code: 'DEAD', detail: 'its process ended with 137' });
  });
  afterAll(async () => {
    await service?.close();
    await rm(directory, { recursive: true });
  });

  it('is told what came after the event that was last seen, by its number', async () => {
    const [first] = events.after(0);
    const { payload } = await service.app.inject({ url: `/events?after=${first?.id}`, headers });
    expect((JSON.parse(payload) as { events: FleetEvent[] }).events.map(({ replica }) => replica)).toEqual(['two', 'three']);
  });

  it('is told the same as a stream, which goes on', async () => {
    const [first, second, third] = events.after(0);
    const last = { ...headers, 'last-event-id': String(first?.id) };
    const stream = (await service.app.inject({ url: '/events/stream', headers: last, payloadAsStream: true })).stream();
    let told = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      if (told === '') events.add({ service: 'catalog', kind: 'added', replica: 'four', detail: 'for one' });
      told += chunk;
      if (told.includes('four')) break;
    }
    expect(told.match(/^id: \d+$/gm)).toEqual([second, third, events.after(third?.id ?? 0)[0]].map((event) => `id: ${event?.id}`));
  });
});
