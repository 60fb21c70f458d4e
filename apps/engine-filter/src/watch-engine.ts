import { connect } from 'node:net';

const LOOK_MS = 5_000;

/**
 * Calls `lost` once nobody listens on the engine's socket any more. An engine with live-restore ends without its containers, and the next one may
 * put another socket in the place of its own: what is mounted here is the old one, until this container is started anew.
 */
export function watchEngine(socketPath: string, lost: () => void): void {
  const timer = setInterval(() => {
    const socket = connect(socketPath, () => socket.destroy());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // whatever else goes wrong, a start would not mend
      if (error.code !== 'ECONNREFUSED') return;
      clearInterval(timer);
      lost();
    });
  }, LOOK_MS).unref();
}
