import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { JsMsg } from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import { InvalidArgumentError, MsgHdrsImpl } from '@nats-io/transport-node';
import type { NatsConnection, RequestOptions } from '@nats-io/transport-node';
import { sendToDeadLetters } from './dead-letters.ts';

const MAX_PAYLOAD = 64 * 2 ** 10;

/** A server that takes the declaration of the stream, and what is no larger than it says, with its headers. */
function server() {
  const kept: { subject: string; bytes: number; headers: MsgHdrsImpl }[] = [];
  const answer = (value: object) => ({ data: new TextEncoder().encode(JSON.stringify(value)), json: () => value });
  const request = async (subject: string, data: Uint8Array, options?: RequestOptions) => {
    if (subject.startsWith('$JS.API.')) return answer({ config: {} });
    const about = options?.headers as MsgHdrsImpl;
    if (about.encode().length + data.length > MAX_PAYLOAD) throw InvalidArgumentError.format('payload', 'max_payload size exceeded');
    kept.push({ subject, bytes: data.length, headers: MsgHdrsImpl.decode(about.encode()) });
    return answer({ stream: 'DEAD_LETTERS', seq: 1 });
  };
  return { kept, connection: { info: { max_payload: MAX_PAYLOAD }, options: {}, request } as unknown as NatsConnection };
}

describe('sendToDeadLetters', () => {
  const [term, nak] = [jest.fn<JsMsg['term']>(), jest.fn<JsMsg['nak']>()];

  beforeEach(() => void jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined));
  afterEach(() => {
    jest.restoreAllMocks();
    jest.clearAllMocks();
  });

  async function sent(bytes: number, { id = 'id', subject = 'boats.seen' } = {}) {
    const { kept, connection } = server();
    const message = { data: new Uint8Array(bytes), subject, seq: 7, info: { deliveryCount: 5 }, term, nak } as unknown as JsMsg;
    await sendToDeadLetters(connection, message, { stream: 'BOATS', durable: 'harbour', id, reason: 'PoisonError' });
    return kept.map(({ headers, ...rest }) => ({
      ...rest,
      id: headers.get('Nats-Msg-Id'),
      sequence: headers.get('seaworthy-sequence'),
      whole: headers.get('seaworthy-bytes'),
    }));
  }

  it('keeps a message as it is', async () => {
    expect(await sent(100)).toEqual([{ subject: 'dead.BOATS.harbour', bytes: 100, id: 'harbour:id', sequence: '7', whole: '' }]);
    expect(term).toHaveBeenCalledWith('PoisonError');
  });

  it('keeps the beginning of one that is too large with what is said about it, and says where the whole is', async () => {
    const subject = `boats.${'x'.repeat(2_000)}`;
    const [dead] = await sent(MAX_PAYLOAD, { subject });
    expect(dead).toMatchObject({ id: 'harbour:id', sequence: '7', whole: String(MAX_PAYLOAD) });
    expect(dead?.bytes).toBeGreaterThan(0.8 * MAX_PAYLOAD);
    expect([term, nak].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });

  it('keeps one whose id leaves no room for more, by its place in its stream', async () => {
    expect(await sent(0, { id: 'x'.repeat(MAX_PAYLOAD - 100) })).toMatchObject([{ id: 'harbour:BOATS:7', whole: '' }]);
    expect(term).toHaveBeenCalledTimes(1);
  });
});
