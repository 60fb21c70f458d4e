import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { PROBLEM_MEDIA_TYPE } from '../errors/problem.ts';
import { createLogger } from '../logging/logger.ts';
import { createHttpServer } from './http-server.ts';

describe('an HTTP server, before bytes that never become a request', () => {
  let server: FastifyInstance;
  beforeEach(() => {
    const destination = { write: () => undefined };
    const logger = createLogger({ service: 'test', level: 'silent', destination });
    server = createHttpServer({ service: 'test', logger, destination, mostInHand: 1, draining: () => false });
  });
  afterEach(async () => server.close());

  it.each([
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout', 'expected a whole request in time, found its beginning; try again'],
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large', 'expected at most 16 KiB of headers, found more'],
    ['HPE_INVALID_METHOD', '400 Bad Request', 'expected an HTTP request'],
  ])('answers %s with %s, and ends', async (code, line, detail) => {
    const socket = new PassThrough();
    server.server.emit('clientError', Object.assign(new Error(code), { code }), socket);
    const [head, body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(head?.split('\r\n')).toEqual([
      `HTTP/1.1 ${line}`,
      'connection: close',
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
    ]);
    const status = Number(line.slice(0, 3));
    expect(JSON.parse(body)).toEqual({ type: 'urn:seaworthy:problem:bad-request', title: line.slice(4), status, detail });
  });
});
