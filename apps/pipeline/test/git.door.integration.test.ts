import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { TokenVerifier } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { GitDoor } from '../src/http/git.door.ts';
import { GIT_PREFIX, REQUESTS_LIMIT } from '../src/source/git.http.ts';
import { GitRepository } from '../src/source/git.repository.ts';

describe('the door to the platform’s repository', () => {
  let directory: string;
  let repository: GitRepository;
  let fastify: FastifyInstance;
  let url: string;
  let authorization: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'door-'));
    repository = await GitRepository.open(join(directory, 'repository.git'));
    const issuer = await TestIssuer.create();
    const token = await issuer.person('ada', ['developer']);
    authorization = `Basic ${Buffer.from(`ada:${token}`).toString('base64')}`;
    const door = new GitDoor();
    fastify = Fastify({ forceCloseConnections: true });
    door.attach(fastify);
    door.open({ repository, verifier: new TokenVerifier({ keys: issuer.keys }) });
    url = await fastify.listen({ host: '127.0.0.1', port: 0 });
  });
  afterEach(async () => {
    await fastify.close();
    await rm(directory, { recursive: true, force: true });
  });

  const send = (method: string, path: string): ClientRequest =>
    request(`${url}${GIT_PREFIX}${path}`, {
      method,
      agent: false,
      headers: { authorization, 'content-type': 'application/x-git-upload-pack-request' },
    }).on('error', () => undefined);
  const answered = async (asked: ClientRequest): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => void asked.once('response', resolve).once('error', reject).end());
  const list = async (): Promise<IncomingMessage> => answered(send('GET', '/info/refs?service=git-upload-pack'));

  it('answers 503 to more requests than there is room for, and the next when one has ended', async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const spawn = repository.spawn.bind(repository);
    let count = 0;
    repository.spawn = (...asked) => {
      const child = spawn(...asked).once('close', () => ended.resolve());
      count += 1;
      if (count === REQUESTS_LIMIT) begun.resolve();
      return child;
    };
    const held = Array.from({ length: REQUESTS_LIMIT }, () => send('POST', '/git-upload-pack'));
    for (const one of held) one.write('0011');
    await begun.promise;
    const refused = await list();
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '5']);
    expect(await text(refused)).toContain('git requests');
    held[0]?.destroy();
    await ended.promise;
    expect((await list()).statusCode).toBe(200);
    for (const one of held) one.destroy();
  });

  describe('when no process can be started', () => {
    beforeEach(() => {
      Object.defineProperty(repository, 'environment', { value: { PATH: directory } });
    });
    it('answers 500, and goes on', async () => {
      for (const path of ['/git-upload-pack', '/git-receive-pack']) {
        const asked = send('POST', path);
        asked.write('0000');
        expect((await answered(asked)).statusCode).toBe(500);
      }
    });
    it('ends an archive with an error', async () => {
      await expect(text(repository.archive('c'.repeat(40)))).rejects.toMatchObject({ code: 'GIT_FAILED' });
    });
  });

  it('gives no archive of which a part is missing', async () => {
    await expect(text(repository.archive('c'.repeat(40)))).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });
});
