import { describe, expect, it } from '@jest/globals';
import type { JsMsg } from '@nats-io/jetstream';
import { PoisonError } from './messaging.error.ts';
import { RedeliveryPolicy } from './redelivery.policy.ts';

const message = (seq: number, timestamp = '2026-01-01T00:00:00.000Z') => ({ seq, timestamp }) as JsMsg;
const withCode = (code: string): Error => Object.assign(new Error('no'), { code });
const TIMEOUT = withCode('57014');

describe('RedeliveryPolicy', () => {
  const policy = (mostDeliveries = 2) => new RedeliveryPolicy({ mostDeliveries, health: undefined });

  /** How often it fails before it is poison; none when it never is. */
  async function failures(of: RedeliveryPolicy, error: unknown, failed = message(1)): Promise<number | undefined> {
    for (let count = 1; count <= 1_000; count += 1) if (await of.isPoison(failed, error)) return count;
    return undefined;
  }

  it.each([
    ['at once what its handler calls poison', new PoisonError('never'), 1],
    ['after its deliveries what fails by itself', new Error('no'), 2],
    ['never what fails because the database is away', withCode('57P01'), undefined],
    ['in the end what is always over the time of a statement', TIMEOUT, 30],
  ])('sets aside %s', async (_, error, expected) => {
    expect(await failures(policy(), error)).toBe(expected);
  });

  it('sets aside nothing within five minutes in which the database is too slow for all statements', async () => {
    const of = policy();
    const deliveries = (await failures(of, TIMEOUT)) ?? 0;
    let passed = 0;
    for (let delivery = 1; delivery < deliveries; delivery += 1) passed += of.pause({ info: { deliveryCount: delivery } } as JsMsg);
    expect(passed).toBeGreaterThan(300_000);
  });

  it('counts time-outs apart: one failure after many is one', async () => {
    const of = policy();
    for (let count = 0; count < 20; count += 1) await of.isPoison(message(1), TIMEOUT);
    expect(await failures(of, new Error('no'))).toBe(2);
  });

  it.each([
    ['failed', new Error('no'), 2],
    ['was over its time', TIMEOUT, 30],
  ])('begins anew with a message that %s and then was done', async (_, error, expected) => {
    const of = policy();
    await of.isPoison(message(1), error);
    of.forget(message(1));
    expect(await failures(of, error)).toBe(expected);
  });

  it('blames a message for nothing that had its place before the stream was made anew', async () => {
    const of = policy();
    await of.isPoison(message(1), new Error('no'));
    expect(await failures(of, new Error('no'), message(1, '2026-01-02T00:00:00.000Z'))).toBe(2);
  });
});
