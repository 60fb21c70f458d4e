// Runs in a container that is on the same networks as one of the platform's; prints which targets let it connect.
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;
const reached = await Promise.all(JSON.parse(process.env.TARGETS).map(async (target) => ((await answers(target)) ? [target.what] : [])));
console.log(`reached=${JSON.stringify([...new Set(reached.flat())])}`);
process.exit(0);

/** At an address of the engine nobody need listen: a host that refuses is a host that was reached. */
function answers({ host, port, refusalIsAnswer }) {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => resolve(true));
    socket.once('error', ({ code }) => resolve(refusalIsAnswer && code === 'ECONNREFUSED')).once('timeout', () => resolve(false));
  });
}
