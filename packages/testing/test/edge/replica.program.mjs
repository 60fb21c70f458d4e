// A service behind the edge, made small: it says which replica it is, remembers what came, and fails in the way that it is told.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { hostname } from 'node:os';

const [cert, key] = ['/tls.crt', '/tls.key'].map((file) => readFileSync(file));
const seen = [];
let behaviour = 'answer';

createServer({ cert, key }, (request, answer) => {
  const { method, url } = request;
  if (url === '/health/ready') {
    if (behaviour === 'slow') setTimeout(() => answer.end(), 1_000);
    else if (behaviour !== 'breathless') answer.end();
    return;
  }
  if (url.startsWith('/behave/')) {
    behaviour = url.slice('/behave/'.length);
    answer.end();
    return;
  }
  if (url === '/seen') {
    answer.end(JSON.stringify(seen));
    return;
  }
  // as whoever scales asks the edge: another container of the same account, through the volume that both have
  if (url.startsWith('/stats/')) {
    const socket = connect('/run/edge-stats/stats.sock', () => socket.write(`${decodeURIComponent(url.slice('/stats/'.length))}\n`));
    socket.once('error', () => answer.writeHead(503).end());
    socket.pipe(answer);
    return;
  }
  // one of which only a part came was seen as well
  const came = { method, url, body: '' };
  seen.push(came);
  request.on('data', (chunk) => (came.body += chunk));
  request.on('end', () => {
    const say = () => answer.setHeader('content-type', 'application/json').end(JSON.stringify({ replica: hostname(), body: came.body }));
    if (behaviour === 'cut') request.socket.destroy();
    else if (behaviour === 'refuse') answer.writeHead(503).end('not now');
    else if (behaviour !== 'hang') say();
  });
}).listen(8443, () => console.log('listening'));
