import { API_HEADERS, REQUEST_ID_HEADER, requestId } from '@seaworthy/platform/http';
import { fastify } from 'fastify';

export const server = fastify({ genReqId: requestId });
server.addHook('onRequest', (request, reply, done) => {
  void reply.headers(API_HEADERS).header(REQUEST_ID_HEADER, request.id);
  done();
});
server.get('/tides', async () => ({ high: '04:12' }));
