import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { FleetEvent } from '../src/events/event.ts';
import { EventLog } from '../src/events/event.log.ts';
import { EventStream } from '../src/events/event.stream.ts';

const REMOVED = {
  service: 'catalog',
  kind: 'removed',
  replica: 'demo-catalog-1',
  code: 'DEAD',
  detail: 'its process ended with 137',
} as const;

Logger.overrideLogger(false);
beforeEach(() => {
  jest.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z'), doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

/** A log with so many events, whose details count from 1. */
function logOf(count: number): EventLog {
  const log = new EventLog();
  for (let number = 1; number <= count; number += 1) log.add({ ...REMOVED, detail: String(number) });
  return log;
}
const details = (events: readonly FleetEvent[]): string[] => events.map(({ detail }) => detail);
const lastOf = (log: EventLog): number => log.after(0).at(-1)?.id ?? 0;

describe('the log of what the fleet did', () => {
  it('keeps each event whole, with its time', () => {
    const log = new EventLog();
    log.add(REMOVED);
    expect(log.after(0)).toEqual([{ ...REMOVED, id: expect.any(Number), time: '2026-01-01T00:00:00.000Z' }]);
  });
  it('gives what came after an event, and nothing after the last', () => {
    const log = logOf(3);
    const [first] = log.after(0);
    expect(details(log.after(first?.id ?? 0))).toEqual(['2', '3']);
    expect(log.after(lastOf(log))).toEqual([]);
  });
  it('gives who comes with an event from before a restart all that came after it', () => {
    const last = lastOf(logOf(200));
    jest.advanceTimersByTime(1_000);
    expect(details(logOf(2).after(last))).toEqual(['1', '2']);
  });
  it('forgets the oldest of a thousand', () => {
    const kept = details(logOf(1_001).after(0));
    expect([kept.length, kept.at(0), kept.at(-1)]).toEqual([1_000, '2', '1001']);
  });
  it('tells who follows, until that ends', () => {
    const log = new EventLog();
    const heard: FleetEvent[] = [];
    const stop = log.follow((event) => heard.push(event));
    log.add(REMOVED);
    stop();
    log.add(REMOVED);
    expect(heard).toEqual(log.after(0).slice(0, 1));
  });
});

describe('the stream of what the fleet does', () => {
  const open = (log: EventLog, after = 0) => new EventStream(log, { after, mayTell: () => true }).setEncoding('utf8');

  it('begins with what was missed, goes on with what happens, and names each by its number', () => {
    const log = logOf(2);
    const [first, second] = log.after(0);
    const stream = open(log, first?.id);
    log.add({ ...REMOVED, kind: 'adding', detail: '3' });
    const third = log.after(0).at(-1);
    expect(stream.read()).toBe(
      `id: ${second?.id}\nevent: removed\ndata: ${JSON.stringify(second)}\n\n` +
        `id: ${third?.id}\nevent: adding\ndata: ${JSON.stringify(third)}\n\n`,
    );
    stream.destroy();
  });
  it('says something every 5 s, so that whoever stands between does not take it for dead', () => {
    const stream = open(new EventLog());
    jest.advanceTimersByTime(10_000);
    expect(stream.read()).toBe(': still here\n\n: still here\n\n');
    stream.destroy();
  });
  it('is cut when its reader leaves too much unread', () => {
    const log = new EventLog();
    const stream = open(log);
    for (let count = 0; count < 4; count += 1) log.add({ ...REMOVED, detail: 'x'.repeat(100_000) });
    expect(stream.destroyed).toBe(true);
  });
  it('ends politely, and is told nothing more', async () => {
    const log = new EventLog();
    const stream = open(log);
    stream.finish();
    log.add(REMOVED);
    expect(await stream.toArray()).toEqual([]);
    expect(jest.getTimerCount()).toBe(0);
  });
});
