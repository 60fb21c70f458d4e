import { readFileSync } from 'node:fs';
import autocannon from 'autocannon';
import type { Load, LoadResult } from './load.ts';

/** One round of load, in a process of its own, so that it can be kept on a core of its own. Reads a {@link Load}, prints a {@link LoadResult}. */
const { url, ca, token, body, connections, requests } = JSON.parse(process.argv[2] ?? '') as Load;
const result = await autocannon({
  url,
  method: 'POST',
  connections,
  amount: requests,
  body,
  headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  ...(ca !== undefined && { tlsOptions: { ca: readFileSync(ca, 'utf8') } }),
});
const found: LoadResult = {
  perSecond: result.requests.total / result.duration,
  answered: result['2xx'],
  failed: result.non2xx + result.errors + result.timeouts,
  p99: result.latency.p99,
};
console.log(JSON.stringify(found));
