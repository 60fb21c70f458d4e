import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CardNumber } from '../src/cards/card-number.ts';
import { ProviderClient } from '../src/provider/provider.client.ts';
import { ProviderConfig } from '../src/provider/provider.config.ts';

const PLACES = 16 + 16;
const ORDER = {
  paymentId: '00000000-0000-4000-8000-000000000001',
  orderId: '00000000-0000-4000-8000-000000000002',
  amountCents: 1_000,
  currency: 'EUR',
  number: CardNumber.parse('4242424242424242') as CardNumber,
  expiry: '2099-12',
};

const forgettable = (token: () => Promise<string>) => Object.assign(token, { forget: () => undefined });

/** A token that is given until it is forgotten; then the next one. */
function numberedTokens() {
  let number = 1;
  const forget = (token: string): void => void (token === `token ${number}` && (number += 1));
  return Object.assign(async () => `token ${number}`, { forget });
}

describe('the payment provider, as it is asked', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  const fetch = jest.fn<(url: string, init?: { headers?: Record<string, string> }) => Promise<Response>>();
  const client = (): ProviderClient => {
    fetch.mockReset();
    return new ProviderClient(new ProviderConfig({ url: 'https://provider:9450' }), {
      fetch,
      token: forgettable(async () => 'a token'),
    });
  };
  const charge = async (of: ProviderClient): Promise<unknown> => of.charge(ORDER).catch((error: unknown) => error);

  it('is left alone after eight failures in a row, which is told at once; after a second it is asked again', async () => {
    const provider = client();
    fetch.mockImplementation(async () => new Response('', { status: 503 }));
    for (let call = 0; call < 3; call += 1) {
      const charged = charge(provider);
      await jest.runAllTimersAsync();
      expect(await charged).toMatchObject({ code: 'PROVIDER_AWAY' });
    }
    expect(fetch).toHaveBeenCalledTimes(8);
    expect(await Promise.race([charge(provider), turn('waits')])).toMatchObject({ code: 'PROVIDER_AWAY' });
    expect(fetch).toHaveBeenCalledTimes(8);
    fetch.mockImplementation(async () => Response.json({ id: 'a-charge', status: 'succeeded' }));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await charge(provider)).toEqual({ id: 'a-charge', status: 'succeeded' });
  });

  it('goes on to be asked when it does not understand', async () => {
    const provider = client();
    fetch.mockImplementation(async () => new Response('', { status: 422 }));
    for (let call = 0; call < 10; call += 1) expect(await charge(provider)).toMatchObject({ code: 'PROVIDER_REFUSED' });
    expect(fetch).toHaveBeenCalledTimes(10);
  });

  describe('when it refuses our own token', () => {
    const refusing = (accepted: string) => {
      fetch.mockReset();
      fetch.mockImplementation(async (_url, init) =>
        init?.headers?.['authorization'] === accepted
          ? Response.json({ id: 'a-charge', status: 'succeeded' }, { status: 201 })
          : new Response('', { status: 401 }),
      );
      return new ProviderClient(new ProviderConfig({ url: 'https://provider:9450' }), { fetch, token: numberedTokens() });
    };
    const sent = (name: string) => fetch.mock.calls.map(([, init]) => init?.headers?.[name]);

    it('is asked again with another one, under the same key', async () => {
      const charged = charge(refusing('Bearer token 2'));
      await jest.runAllTimersAsync();
      expect(await charged).toEqual({ id: 'a-charge', status: 'succeeded' });
      expect(sent('authorization')).toEqual(['Bearer token 1', 'Bearer token 2']);
      expect(sent('idempotency-key')).toEqual([ORDER.paymentId, ORDER.paymentId]);
    });

    it('is away for us when it refuses every one: nothing is decided', async () => {
      const charged = charge(refusing('Bearer of none'));
      await jest.runAllTimersAsync();
      expect(await charged).toMatchObject({ code: 'PROVIDER_AWAY', message: expect.stringContaining('401') });
      expect(sent('authorization')).toEqual(['Bearer token 1', 'Bearer token 2', 'Bearer token 3']);
    });
  });

  it('has six seconds for a call, also when our own token is not to be had: no lease ends meanwhile', async () => {
    fetch.mockReset();
    const provider = new ProviderClient(new ProviderConfig({ url: 'https://provider:9450' }), {
      fetch,
      token: forgettable(async () => new Promise<never>(() => undefined)),
    });
    const charged = charge(provider);
    await jest.advanceTimersByTimeAsync(6_000);
    expect(await Promise.race([charged, turn('waits')])).toMatchObject({ code: 'PROVIDER_AWAY' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is not asked, which is told at once, when too much is waiting for it', async () => {
    const provider = client();
    fetch.mockImplementation(async () => new Promise<never>(() => undefined));
    for (let call = 0; call < PLACES; call += 1) void charge(provider);
    expect(await Promise.race([charge(provider), turn('waits')])).toMatchObject({ code: 'PROVIDER_AWAY' });
    expect(fetch.mock.calls.length).toBeLessThan(PLACES);
  });
});
