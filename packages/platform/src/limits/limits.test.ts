import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get, Module, Sse, StreamableFile } from '@nestjs/common';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { stopTheDate } from '../../test/fixtures/stopped.date.ts';
import { Observable } from 'rxjs';
import { AccessModule, Anonymous, People } from '../auth/index.ts';
import type { TokenVerifier } from '../auth/index.ts';
import { assembleService } from '../service/assemble-service.ts';
import type { Service } from '../service/assemble-service.ts';
import { RateLimiter } from './rate-limiter.ts';

describe('RateLimiter', () => {
  const start = 1_000_000;
  let now = start;
  beforeEach(() => void (now = start));
  const limiter = () => new RateLimiter({ perSecond: 2, burst: 3 }, () => now);
  const take = (tokens: RateLimiter, caller: string, times: number) => Array.from({ length: times }, () => tokens.take(caller));

  it('lets a burst through, then says when to come back', () => {
    expect(take(limiter(), 'anna', 5)).toEqual([0, 0, 0, 1, 1]);
  });

  it('lets through again what the rate allows, and never more than a burst', () => {
    const tokens = limiter();
    take(tokens, 'anna', 3);
    now += 500;
    expect(take(tokens, 'anna', 2)).toEqual([0, 1]);
    now += 3_600_000;
    expect(take(tokens, 'anna', 4)).toEqual([0, 0, 0, 1]);
  });

  it('costs nobody anything when the clock is set back', () => {
    const tokens = limiter();
    tokens.take('anna');
    now -= 3_600_000;
    expect(take(tokens, 'anna', 3)).toEqual([0, 0, 1]);
    now += 500;
    expect(tokens.take('anna')).toBe(0);
  });

  it('gives each caller a measure of their own', () => {
    const tokens = limiter();
    take(tokens, 'anna', 3);
    expect([tokens.take('anna'), tokens.take('ben')]).toEqual([1, 0]);
  });
});

const inHand: (() => void)[] = [];

@Controller()
class HandsController {
  @Get('mine')
  @People('customer')
  mine() {
    return {};
  }

  @Get('slow')
  @Anonymous()
  async slow() {
    await new Promise<void>((resolve) => inHand.push(resolve));
    return {};
  }

  @Get('stream')
  @Anonymous()
  stream() {
    const stream = new Readable({ read: () => undefined });
    stream.push('begun');
    inHand.push(() => stream.push(null));
    return new StreamableFile(stream);
  }

  @Sse('events')
  @Anonymous()
  events() {
    return new Observable<{ data: string }>((events) => {
      events.next({ data: 'begun' });
      inHand.push(() => events.complete());
    });
  }
}

const verifier = {
  verify: async (name: string) => ({ kind: 'person' as const, name, roles: ['customer'], expires: 0, tokenId: name }),
} as unknown as TokenVerifier;

@Module({ imports: [AccessModule.using({ useFactory: () => verifier })], controllers: [HandsController] })
class HandsModule {}

describe('the limits of a service', () => {
  let service: Service;
  beforeEach(async () => {
    stopTheDate();
    const environment = { LOG_LEVEL: 'silent', MOST_REQUESTS_IN_HAND: '2', CALLER_REQUESTS_PER_SECOND: '1', CALLER_BURST: '2' };
    service = await assembleService(HandsModule, { name: 'hands', source: { environment, secret: () => undefined } });
  });
  afterEach(async () => {
    jest.useRealTimers();
    for (const end of inHand.splice(0)) end();
    await service.close();
  });
  const get = async (url: string, name?: string) =>
    service.app.inject({ url, headers: { ...(name && { authorization: `Bearer ${name}` }) } });
  const taken = async (count: number) => {
    for (let turn = 0; inHand.length < count && turn < 2_000; turn += 1) await delay(1);
  };

  describe('when one identity asks too often', () => {
    it('is told when to come back, and nobody else is', async () => {
      const statuses = [await get('/mine', 'anna'), await get('/mine', 'anna'), await get('/mine', 'anna')];
      expect(statuses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
      expect(statuses[2]?.headers['retry-after']).toBe('1');
      expect(statuses[2]?.json()).toMatchObject({ type: 'urn:seaworthy:problem:too-many-requests' });
      expect((await get('/mine', 'ben')).statusCode).toBe(200);
    });
  });

  describe('when all hands are full', () => {
    it('refuses the next at once, answers probes, and goes on when one is free', async () => {
      const working = [get('/slow'), get('/slow')];
      await taken(2);
      const refused = await get('/slow');
      expect([refused.statusCode, refused.headers['retry-after'], refused.headers['content-type']]).toEqual([
        503,
        '1',
        'application/problem+json',
      ]);
      expect((await get('/health/ready')).statusCode).toBe(200);
      inHand.shift()?.();
      await working[0];
      working.push(get('/slow'));
      await taken(2);
      for (const end of inHand.splice(0)) end();
      expect((await Promise.all(working)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    });

    it.each(['/stream', '/events'])('does not count answers that have begun: %s may stay open for long', async (path) => {
      const streams: ReturnType<typeof get>[] = [];
      for (let count = 1; count <= 3; count += 1) {
        streams.push(get(path));
        await taken(count);
        await delay(5); // the answer begins
      }
      for (const end of inHand.splice(0)) end();
      expect((await Promise.all(streams)).map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    });
  });
});
