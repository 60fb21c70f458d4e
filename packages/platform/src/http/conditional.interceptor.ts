import { createHash } from 'node:crypto';
import { Stream } from 'node:stream';
import { Injectable, StreamableFile } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map } from 'rxjs';
import type { Observable } from 'rxjs';

/**
 * Adds an entity tag to answers, and answers 304 to who has them already (RFC 9110 sections 8.8.3 and 13.1.2). Only where nothing is changed: with
 * other methods a precondition is checked before the work, by whoever does it. Streams are sent as they are.
 */
@Injectable()
export class ConditionalInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler<unknown>): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (request.method !== 'GET' && request.method !== 'HEAD') return next.handle();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((body) => answer(body, request, reply)));
  }
}

function answer(body: unknown, request: FastifyRequest, reply: FastifyReply): unknown {
  if (!isPlain(body)) return body;
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const tag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 27)}"`;
  void reply.header('etag', tag);
  if (matches(request.headers['if-none-match'], tag)) {
    void reply.code(304);
    return undefined;
  }
  if (typeof body !== 'string') void reply.type('application/json; charset=utf-8');
  return text;
}

/** Text, or what JSON can say: nothing at all, streams, buffers and the like are sent in other ways. */
function isPlain(body: unknown): boolean {
  if (body === undefined || body instanceof StreamableFile || body instanceof Stream) return false;
  return !ArrayBuffer.isView(body) && !(body instanceof ReadableStream) && !(body instanceof Response);
}

/** Weak comparison, as If-None-Match asks for. */
function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === tag);
}
