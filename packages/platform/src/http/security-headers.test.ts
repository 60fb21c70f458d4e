import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Get, Module } from '@nestjs/common';
import helmet from 'helmet';
import { describe, expect, it } from '@jest/globals';
import { Anonymous } from '../auth/access.decorators.ts';
import { assembleService } from '../service/assemble-service.ts';

@Anonymous() // a test's door
@Controller()
class DoorController {
  @Get('open')
  open() {
    return {};
  }
}

@Module({ controllers: [DoorController] })
class DoorModule {}

/** What helmet itself answers, asked anew. */
async function helmetHeaders(): Promise<Record<string, string>> {
  const none = ["'none'"];
  const protect = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: none, frameAncestors: none, baseUri: none, formAction: none } },
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: true },
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  const server = createServer((request, response) => protect(request, response, () => response.end()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  server.close();
  const ofNode = new Set(['connection', 'content-length', 'date', 'keep-alive', 'transfer-encoding']);
  return Object.fromEntries([...answer.headers].filter(([name]) => !ofNode.has(name)));
}

async function answerOf(url: string, host: string) {
  const service = await assembleService(DoorModule, {
    name: 'door',
    openApi: { title: 'Door', description: 'A door.' },
    source: { environment: { LOG_LEVEL: 'silent' }, secret: () => undefined },
  });
  const answer = await service.app.inject({ url, headers: { host } });
  await service.close();
  return answer;
}

describe('the headers of every answer', () => {
  it.each(['/open', '/nowhere', '/%zz', '/health/live', '/openapi.json'])('are helmet’s, on %s', async (url) => {
    const answer = await answerOf(url, 'door.example');
    const expected = await helmetHeaders();
    expect(Object.keys(expected).length).toBeGreaterThan(9);
    expect(answer.headers).toMatchObject(expected);
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });

  it.each(['localhost:8443', 'localhost', 'LOCALHOST:1'])('do not make browsers ask all of %s by TLS for a year', async (host) => {
    for (const url of ['/open', '/nowhere', '/openapi.json'])
      expect((await answerOf(url, host)).headers['strict-transport-security']).toBe('max-age=0');
    expect((await answerOf('/open', 'localhost.example')).headers['strict-transport-security']).toMatch(/^max-age=31536000/);
  });
});
