import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { OtlpCollector, ServiceProcess } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';

const REQUESTS = 3_000;
const AT_ONCE = 50;

const slow = async (): Promise<string> => bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/slow.service.ts');

describe('what a service tells of its requests, under load', () => {
  let service: ServiceProcess;
  let collector: OtlpCollector | undefined;

  afterEach(async () => {
    await service?.stop();
    await collector?.stop();
    collector = undefined;
  });

  /** Returns the ids that were sent. */
  const load = async (): Promise<string[]> => {
    const agent = service.agent();
    agent.maxSockets = AT_ONCE;
    const ids = Array.from({ length: REQUESTS }, (_, index) => `request-${index}`);
    const answers = await Promise.all(ids.map(async (id) => service.get('/slow?ms=0', agent, { 'x-request-id': id })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    agent.destroy();
    return ids;
  };

  it('is one line and one span for each, also when it is told to end right afterwards', async () => {
    collector = await OtlpCollector.start();
    service = await ServiceProcess.start({
      program: await slow(),
      environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '8000' },
    });
    const ids = await load();
    service.signal('SIGTERM');
    expect(await service.exited).toBe(0);
    const lines = service.lines.filter(({ msg }) => msg === 'request');
    expect(lines).toHaveLength(REQUESTS);
    expect(new Set(lines.map(({ requestId }) => requestId))).toEqual(new Set(ids));
    const spans = collector.spans.filter(({ name }) => name === 'GET /slow').map(({ spanId }) => spanId);
    expect(spans).toHaveLength(REQUESTS);
    expect(new Set(spans)).toEqual(new Set(lines.map((line) => line['span_id'])));
  });

  describe('when nobody reads its log', () => {
    it('answers all the same, and tells everything when somebody reads again', async () => {
      service = await ServiceProcess.start({ program: await slow(), environment: { DRAIN_DELAY_MS: '0' } });
      service.pauseLog();
      const ids = await load();
      service.resumeLog();
      await service.line('request', ids.length);
    });
  });
});
