import { afterEach, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { ServiceProcess } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';

const slow = async (): Promise<string> => bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/slow.service.ts');

describe('a service in a process of its own', () => {
  let service: ServiceProcess;

  afterEach(async () => {
    await service?.stop();
  });

  describe('when told to end while requests are in flight', () => {
    it('loses none, says so to its balancer first, and ends with 0', async () => {
      service = await ServiceProcess.start({ program: await slow(), environment: { DRAIN_DELAY_MS: '4000', SHUTDOWN_GRACE_MS: '12000' } });
      const agent = service.agent();
      await service.get('/slow?ms=0', agent); // leaves an idle connection behind
      const answering = Array.from({ length: 20 }, async (_, index) => service.get(`/slow?ms=${1000 + index * 50}`, service.agent()));
      await service.line('begun', 21);
      service.signal('SIGTERM');
      await service.line('draining');

      const ready = await service.get('/health/ready');
      expect(ready.status).toBe(503);
      expect(ready.body).toContain('DRAINING');
      expect((await service.get('/health/live')).status).toBe(200);
      // the balancer has not noticed yet: what it still sends is answered
      expect((await service.get('/slow?ms=100')).headers['connection']).toBe('close');

      const answers = await Promise.all(answering);
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
      expect(await service.exited).toBe(0);
      await expect(service.get('/health/live')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      agent.destroy();
    });
  });

  describe('when told to end while a slow client has not read all of its answer', () => {
    it('cuts nothing off', async () => {
      service = await ServiceProcess.start({ program: await slow(), environment: { DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '8000' } });
      const bytes = 20_000_000;
      const reading = service.readSlowly(`/large?bytes=${bytes}`, async () => {
        service.signal('SIGTERM');
        await service.line('draining');
        await delay(500); // several sweeps of idle connections
      });
      expect(await reading).toBe(bytes);
      expect(await service.exited).toBe(0);
    });
  });

  describe('when a request does not end within the grace', () => {
    it('ends all the same, with 1', async () => {
      service = await ServiceProcess.start({ program: await slow(), environment: { DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '500' } });
      const lost = service.get('/slow?ms=9000').catch((error: unknown) => error);
      await service.line('begun');
      service.signal('SIGTERM');
      expect(await service.exited).toBe(1);
      expect(await lost).toMatchObject({ code: 'ECONNRESET' });
    });
  });

  describe('when the collector of its telemetry is away', () => {
    it('ends within its grace', async () => {
      const environment = { DRAIN_DELAY_MS: '0', SHUTDOWN_GRACE_MS: '5000', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' };
      service = await ServiceProcess.start({ program: await slow(), environment });
      await service.get('/slow?ms=0');
      service.signal('SIGTERM');
      expect(await service.exited).toBe(0); // 1 if the grace had ended first; OpenTelemetry's own patience is ten seconds
    });
  });

  describe('when spoken to without TLS', () => {
    it('says nothing that a client could use', async () => {
      service = await ServiceProcess.start({ program: await slow() });
      const answer = await new Promise<string>((done) => {
        let text = '';
        const socket = connect(service.port, '127.0.0.1', () => socket.write('GET /slow?ms=0 HTTP/1.1\r\nhost: localhost\r\n\r\n'));
        socket.on('data', (chunk) => (text += String(chunk)));
        socket.on('close', () => done(text));
        socket.on('error', () => done(text));
      });
      expect(answer).not.toContain('200');
    });
  });

  describe('when spoken to in something else than HTTP', () => {
    it.each([
      ['garbage', 'AHOY\r\n\r\n', '400 Bad Request'],
      ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', '400 Bad Request'],
      [
        'a length and chunks',
        'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
        '400 Bad Request',
      ],
      ['endless headers', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
    ])('answers %s with a problem, and goes on', async (_case, text, line) => {
      service = await ServiceProcess.start({ program: await slow() });
      const answer = await service.say(text);
      expect(answer.slice(0, answer.indexOf('\r\n'))).toBe(`HTTP/1.1 ${line}`);
      expect(answer).toContain('application/problem+json');
      expect((await service.get('/slow?ms=0')).status).toBe(200);
    });
  });

  describe('when an error escapes everything', () => {
    it('logs it and ends with 1', async () => {
      service = await ServiceProcess.start({ program: await slow() });
      await service.get('/surprise').catch(() => undefined);
      expect(await service.exited).toBe(1);
      expect(service.lines.find(({ msg }) => msg === 'uncaught error')).toMatchObject({
        level: 'fatal',
        err: { message: 'nobody catches this' },
      });
    });
  });

  describe('when its configuration is refused', () => {
    it('ends with 78 and one line', async () => {
      service = await ServiceProcess.launch({ program: await slow(), environment: { PORT: 'hunter2', LOG_LEVEL: 'loud' } });
      expect(await service.exited).toBe(78);
      expect(service.stderr.trim().split('\n')).toHaveLength(1);
      expect(service.stderr).toMatch(/^slow: configuration refused: PORT: .+; LOG_LEVEL: /);
      expect(service.stderr).not.toMatch(/hunter2|loud|\bat /);
    });

    it('wants a certificate', async () => {
      service = await ServiceProcess.launch({ program: await slow(), environment: { TLS_CERT_FILE: '', TLS_KEY_FILE: '' } });
      expect(await service.exited).toBe(78);
      expect(service.stderr).toMatch(/secret file root\.pem: is required and not set/);
    });
  });
});
