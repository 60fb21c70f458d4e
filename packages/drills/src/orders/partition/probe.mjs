// A customer at every replica of orders, none of which reaches its database: asks again and again, and notes how long each answer takes.
import { request } from 'node:https';

const { replicas, token, seconds, at, patience } = JSON.parse(`__GIVEN__`);
const until = Date.now() + seconds * 1000;
const answers = [];

await Promise.all(replicas.flatMap((replica) => Array.from({ length: at }, () => keepAsking(replica))));
console.log(`findings=${JSON.stringify(answers)}`);

async function keepAsking(host) {
  while (Date.now() < until) {
    const since = performance.now();
    const result = await ask(host);
    answers.push({ result, ms: Math.round(performance.now() - since) });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The status, or `SILENT` when there was no answer for so long. */
function ask(host) {
  return new Promise((resolve) => {
    const options = { host, port: 8443, path: '/orders', rejectUnauthorized: false, agent: false };
    const asking = request({ ...options, headers: { authorization: `Bearer ${token}` } }, (response) => {
      response.resume().once('close', () => resolve(response.statusCode));
    });
    const timer = setTimeout(() => asking.destroy(new Error('SILENT')), patience);
    asking.on('error', ({ code, message }) => resolve(code ?? message)).once('close', () => clearTimeout(timer));
    asking.end();
  });
}
