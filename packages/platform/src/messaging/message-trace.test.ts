import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { KeptSpans } from '../../test/fixtures/kept.spans.ts';
import { startTelemetry } from '../telemetry/telemetry.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { inSpan } from './message-trace.ts';
import { MessagingError, PoisonError } from './messaging.error.ts';

const ORDER = '0190b3f0-aaaa-7000-8000-000000000001';
const SUBJECT = `orders.placed.${ORDER}`;
const MESSAGE = { id: 'm-1', parent: ROOT_CONTEXT };

describe('the span of a message', () => {
  let telemetry: Telemetry;
  let spans: ReadableSpan[];
  beforeEach(() => {
    const spanExporter = new KeptSpans();
    ({ spans } = spanExporter);
    telemetry = startTelemetry({ service: 'test', endpoint: undefined, spanExporter });
  });
  afterEach(async () => telemetry.shutdown());

  const told = async () => {
    await telemetry.shutdown();
    return spans.map(({ name, kind, attributes, status }) => ({ name, kind, attributes, failed: status.code === SpanStatusCode.ERROR }));
  };
  const attributes = (operation: string) => ({
    'messaging.system': 'nats',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': SUBJECT,
    'messaging.destination.template': 'orders.placed',
    'messaging.message.id': 'm-1',
  });

  it('is named by what has few values when it is sent', async () => {
    expect(await inSpan({ ...MESSAGE, operation: 'send', subject: SUBJECT }, async () => 'sent')).toBe('sent');
    expect(await told()).toEqual([{ name: 'send orders.placed', kind: SpanKind.PRODUCER, attributes: attributes('send'), failed: false }]);
  });

  it('says who shares it when it is processed', async () => {
    await inSpan({ ...MESSAGE, operation: 'process', subject: SUBJECT, group: 'payments' }, async () => undefined);
    const found = { ...attributes('process'), 'messaging.consumer.group.name': 'payments' };
    expect(await told()).toEqual([{ name: 'process orders.placed', kind: SpanKind.CONSUMER, attributes: found, failed: false }]);
  });

  it.each([
    ['one part', 'orders', 'orders'],
    ['two', 'orders.placed', 'orders.placed'],
    ['four', 'orders.placed.1.2', 'orders.placed'],
  ])('knows subjects of %s', async (_count, subject, template) => {
    await inSpan({ ...MESSAGE, operation: 'send', subject }, async () => undefined);
    expect(await told()).toMatchObject([{ name: `send ${template}`, attributes: { 'messaging.destination.template': template } }]);
  });

  it.each([
    ['a code', new MessagingError({ code: 'MESSAGING_AWAY', message: 'no connection' }), 'MESSAGING_AWAY'],
    ['a name', new PoisonError('expected JSON, found something else'), 'PoisonError'],
    ['neither', 'thrown', '_OTHER'],
  ])('says how it failed, by an error with %s', async (_what, error, type) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- anything may be thrown
    const failing = inSpan({ ...MESSAGE, operation: 'send', subject: SUBJECT }, async () => Promise.reject(error));
    await expect(failing).rejects.toBe(error);
    expect(await told()).toMatchObject([{ attributes: { ...attributes('send'), 'error.type': type }, failed: true }]);
  });
});
