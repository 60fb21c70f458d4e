// A customer's sessions, each step at another replica: what balances the load may do at any time, done every time.
import { randomInt, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const { replicas, sessions, product, token } = JSON.parse(`__GIVEN__`);
const ca = readFileSync('/run/seaworthy/trust/root.pem');
const PATIENCE_MS = 4_000;
const lost = [];
let [steps, changes, last] = [0, 0, ''];

for (let count = 0; count < sessions; count += 1) await session();
console.log(`findings=${JSON.stringify({ steps, changes, lost })}`);
process.exit(0);

async function session() {
  const key = randomUUID();
  const order = { lines: [{ productId: product, quantity: 1 }] };
  const placed = await step('place', ask('POST', '', { key, body: order }), ({ status }) => status === 201);
  const { id } = JSON.parse(placed.body);
  await step('read', ask('GET', `/${id}`), ({ status }) => status === 200);
  await step('place again', ask('POST', '', { key, body: order }), ({ status, body }) => status === 201 && JSON.parse(body).id === id);
  await step('list', ask('GET', '?limit=100'), ({ body }) => body.includes(id));
  const following = step('follow', ask('GET', `/${id}/events`, { until: 'order.cancelled' }), ({ body }) =>
    /placed[^]*cancelled/.test(body),
  );
  await step('cancel', ask('POST', `/${id}/cancel`), ({ status }) => status === 200);
  await following;
  const back = ask('GET', `/${id}/events`, { until: 'order.cancelled', headers: { 'last-event-id': '1' } });
  await step('come back to the stream', back, ({ body }) => body.includes('order.cancelled') && !body.includes('order.placed'));
  await step('read at last', ask('GET', `/${id}`), ({ status, body }) => status === 200 && JSON.parse(body).status === 'cancelled');
}

/** Says what was lost instead of ending there: the next steps may lose more. */
async function step(name, asked, isKept) {
  const { replica, answer } = asked;
  steps += 1;
  const found = await answer;
  if (!isKept(found)) lost.push({ step: name, replica, status: found.status });
  return found;
}

function ask(method, path, { key, body, headers = {}, until } = {}) {
  const others = replicas.filter((address) => address !== last);
  const replica = others[randomInt(others.length)];
  if (last !== '') changes += 1;
  last = replica;
  const answer = new Promise((resolve, reject) => {
    const sent = {
      authorization: `Bearer ${token}`,
      ...headers,
      ...(key && { 'idempotency-key': key }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const options = {
      host: replica,
      port: 8443,
      path: `/orders${path}`,
      method,
      headers: sent,
      ca,
      servername: 'orders.seaworthy.internal',
    };
    const asking = request(options, (response) => {
      let text = '';
      const done = () => resolve({ status: response.statusCode, body: text });
      const timer = setTimeout(() => asking.destroy(), PATIENCE_MS);
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
        if (until && text.includes(until)) asking.destroy();
      });
      response.on('error', done).on('close', () => {
        clearTimeout(timer);
        done();
      });
    });
    asking.on('error', (error) => (asking.res ? undefined : reject(error))).end(body && JSON.stringify(body));
  });
  return { replica, answer };
}
