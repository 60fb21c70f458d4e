import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { Toolbox } from '../../src/debug/toolbox.ts';
import type { Instance } from '../../src/instance.ts';
import { unusedPort } from '../develop/unused-port.fixture.ts';

/** Runs what is asked for in a container, here. */
const container = {
  start: async () => undefined,
  exec: async ({ Cmd: [, ...words] }: { Cmd: string[] }) => ({
    start: async () => spawn(process.execPath, words, { env: { ...process.env, NODE_OPTIONS: '' } }).stdout,
  }),
};
const docker = { createContainer: async () => container } as unknown as Docker;

describe('the tools beside a copy', () => {
  let server: Server;
  let connections: number;
  beforeEach(() => {
    connections = 0;
    server = createServer(() => (connections += 1));
  });
  afterEach(() => void server.close());

  it('say when the copy listens, whatever it logs, and do not knock', async () => {
    const toolbox = await Toolbox.start(docker, { project: 'p' } as Instance, 'toolbox', { id: 'copy' } as Docker.Container);
    const port = await unusedPort();
    const order: string[] = [];
    const told = toolbox.listener(port).then(() => order.push('told'));
    await new Promise((settle) => setTimeout(settle, 100));
    order.push('listening');
    await once(server.listen(port, '127.0.0.1'), 'listening');
    await told;
    expect(order).toEqual(['listening', 'told']);
    expect(connections).toBe(0);
  });
});
