import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BrokenCircuitError, BulkheadRejectedError, TaskCancelledError } from 'cockatiel';
import { guardPolicy } from './guard.policy.ts';

const AWAY = new Error('away');

describe('how something that may be away is called', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  /** What a call ends with, unless it waits for something. */
  const atOnce = async (call: Promise<unknown>): Promise<unknown> => Promise.race([call.catch((error: unknown) => error), turn('waits')]);

  it('asks so many at once, lets so many wait, and refuses the next at once', async () => {
    const policy = guardPolicy({ bounds: { inFlight: 2, waiting: 1 }, away: () => true, failures: 1, rest: 1_000 });
    const asked: ((answer: string) => void)[] = [];
    const call = async () => policy.execute(async () => new Promise<string>((answer) => void asked.push(answer)));
    const [first, , waiting] = [call(), call(), call()];
    expect(await atOnce(call())).toBeInstanceOf(BulkheadRejectedError);
    expect(asked).toHaveLength(2);
    asked[0]?.('first');
    expect(await first).toBe('first');
    expect(await atOnce(waiting)).toBe('waits');
    asked[2]?.('third');
    expect(await waiting).toBe('third');
  });

  it('asks nobody after so many failures in a row, and says so at once; after a rest it looks again', async () => {
    const policy = guardPolicy({ retries: { most: 2, when: () => true }, away: () => true, failures: 5, rest: 1_000 });
    const ask = jest.fn(async (): Promise<string> => Promise.reject(AWAY));
    const ended = async (): Promise<unknown> => {
      const call = policy.execute(ask).catch((error: unknown) => error);
      await jest.runAllTimersAsync();
      return call;
    };
    expect(await ended()).toBe(AWAY);
    expect(ask).toHaveBeenCalledTimes(3);
    // two more, then it is known
    expect(await ended()).toBeInstanceOf(BrokenCircuitError);
    expect(await atOnce(policy.execute(ask))).toBeInstanceOf(BrokenCircuitError);
    expect(ask).toHaveBeenCalledTimes(5);
    ask.mockImplementation(async () => 'back');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await atOnce(policy.execute(ask))).toBe('back');
    expect(ask).toHaveBeenCalledTimes(6);
  });

  it('has an end after so many ms, whatever the call waits for: further attempts are not made after it', async () => {
    const policy = guardPolicy({ deadline: 6_000, retries: { most: 2, when: () => true }, away: () => false, failures: 5, rest: 1_000 });
    const asked: ((error: Error) => void)[] = [];
    const signals: AbortSignal[] = [];
    const call = policy
      .execute(async ({ signal }) => {
        signals.push(signal);
        return new Promise<string>((_, fail) => void asked.push(fail));
      })
      .catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(5_999);
    expect(await atOnce(call)).toBe('waits');
    await jest.advanceTimersByTimeAsync(1);
    expect(await call).toBeInstanceOf(TaskCancelledError);
    expect(signals[0]?.aborted).toBe(true);
    asked[0]?.(AWAY);
    await jest.runAllTimersAsync();
    expect(asked).toHaveLength(1);
  });

  it('goes on to ask who answers, be it with a refusal', async () => {
    const refusal = new Error('refused');
    const policy = guardPolicy({ away: (error) => error === AWAY, failures: 2, rest: 1_000 });
    const ask = jest.fn(async () => Promise.reject(refusal));
    for (let call = 0; call < 5; call += 1) expect(await atOnce(policy.execute(ask))).toBe(refusal);
    expect(ask).toHaveBeenCalledTimes(5);
  });
});
