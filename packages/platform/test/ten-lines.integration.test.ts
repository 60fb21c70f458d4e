import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ServiceProcess } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';

/** What `createService(Module, { name })` and `listen()` give to somebody who has written nothing else. */
describe('a service of ten lines', () => {
  let service: ServiceProcess | undefined;
  afterEach(async () => service?.stop());

  it('has TLS, headers, problems, request ids, probes, one log line a request, refuses by default, and ends in order', async () => {
    const program = await bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/ten-lines.service.ts');
    service = await ServiceProcess.start({ program, environment: { DRAIN_DELAY_MS: '0' } });
    const agent = service.agent();
    const open = await service.get('/tides', agent, { 'x-request-id': 'ten-lines-1' });
    expect([open.status, open.headers['x-request-id'], open.headers['x-content-type-options']]).toEqual([200, 'ten-lines-1', 'nosniff']);
    expect(open.headers['content-security-policy']).toContain("default-src 'none'");
    const closed = await service.get('/tides/forgotten', agent);
    expect([closed.status, closed.headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect((await service.get('/health/ready', agent)).status).toBe(200);
    expect(await service.line('request')).toMatchObject({ service: 'tides', path: '/tides', status: 200, trace_id: expect.any(String) });
    expect(await service.line('ready')).toMatchObject({ startMs: expect.any(Number) });
    expect(service.lines.map(({ msg }) => msg)).toContain(`Server listening at https://127.0.0.1:${service.port}`);
    agent.destroy();
    service.signal('SIGTERM');
    expect(await service.exited).toBe(0);
  });
});
