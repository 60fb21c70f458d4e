import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { LogExport } from './log-export.ts';

interface Exported {
  resourceLogs: { scopeLogs: { logRecords: { timeUnixNano: string; body: { stringValue: string }; severityText: string }[] }[] }[];
}

const TIME = '2026-03-01T12:00:00.000Z';

describe('LogExport', () => {
  let collector: Server;
  let received: Exported[];
  beforeEach(async () => {
    received = [];
    collector = createServer((request, response) => {
      void take(json(request) as Promise<Exported>).finally(() => response.setHeader('connection', 'close').end('{}'));
    });
    await once(collector.listen(0, '127.0.0.1'), 'listening');
  });
  afterEach(() => void collector.close());

  const take = async (body: Promise<Exported>) => void received.push(await body);

  it.each([
    ['a time that is none', { time: 'noon' }],
    ['no time', { time: undefined }],
    ['a level that is none', { level: { high: true } }],
  ])('sends the other lines, and a line with %s as well', async (_, own) => {
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    const logs = new LogExport({ resource: resourceFromAttributes({}), endpoint, timeout: 10_000 });
    const stream = logs.beside({ write: () => undefined });
    const before = Date.now();
    for (const fields of [{}, own, {}]) stream.write(`${JSON.stringify({ level: 'info', time: TIME, msg: 'tide', ...fields })}\n`);
    await logs.shutdown();
    const records = received.flatMap(({ resourceLogs }) =>
      resourceLogs.flatMap(({ scopeLogs }) => scopeLogs.flatMap((logged) => logged.logRecords)),
    );
    expect(records.map(({ body }) => body.stringValue)).toEqual(['tide', 'tide', 'tide']);
    const [first, second] = records.map(({ timeUnixNano }) => Number(BigInt(timeUnixNano) / 1_000_000n));
    expect(first).toBe(Date.parse(TIME));
    if ('time' in own) expect(second).toBeGreaterThanOrEqual(before);
    expect(records.map(({ severityText }) => typeof severityText)).toEqual(['string', 'string', 'string']);
  });
});
