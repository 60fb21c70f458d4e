import { tracingChannel } from 'node:diagnostics_channel';

// Preloaded into each service of `npm run dev`: it tells the command when it listens, whatever its log says of that.
const port = Number(process.env.PORT);
tracingChannel('net.server.listen').subscribe({
  asyncEnd({ server }) {
    if (process.connected && server.address()?.port === port) process.send('listening');
  },
});
