import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, jest } from '@jest/globals';
import { Lifecycle } from '@seaworthy/platform/shutdown';
import { Charger } from './charger.ts';
import type { Payment } from './payments.repository.ts';

const PAYMENT = { id: 'a-payment', order_id: 'an-order', attempts: 1, trace: {} } as Payment;
type Answer = { status: 'succeeded' };

/** A charger with so many payments that are due, whose provider answers when it is told to. */
function charging(due: number) {
  const lifecycle = new Lifecycle();
  let answer: (given: Answer) => void = () => undefined;
  const claim = jest.fn(async () => (due-- > 0 ? PAYMENT : undefined));
  const end = jest.fn(async (..._given: unknown[]) => true);
  const charge = jest.fn(async () => new Promise<Answer>((resolve) => (answer = resolve)));
  const charger = new Charger(
    ...([
      { claim, end },
      { reveal: async () => ({}) },
      { charge },
      { nudge: () => undefined },
      lifecycle,
    ] as unknown as ConstructorParameters<typeof Charger>),
  );
  return { lifecycle, charger, claim, charge, end, answer: () => answer({ status: 'succeeded' }) };
}

describe('Charger', () => {
  it('takes no payment in hand once its replica drains', async () => {
    const { lifecycle, charger, claim } = charging(1);
    lifecycle.drain();
    charger.onApplicationBootstrap();
    charger.nudge();
    await turn();
    await charger.beforeApplicationShutdown();
    expect(claim).not.toHaveBeenCalled();
  });

  it('notes how the one ended that it had in hand by then, and takes no other', async () => {
    const { lifecycle, charger, claim, charge, end, answer } = charging(1);
    charger.onApplicationBootstrap();
    while (charge.mock.calls.length === 0) await turn();
    await turn();
    const before = claim.mock.calls.length;
    lifecycle.drain();
    answer();
    await turn();
    await charger.beforeApplicationShutdown();
    expect(end).toHaveBeenCalledWith(PAYMENT, { status: 'paid' });
    expect(claim).toHaveBeenCalledTimes(before);
  });
});
