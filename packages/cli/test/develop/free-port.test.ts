import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { unusedPort } from './unused-port.fixture.ts';

const MODULE = pathToFileURL(join(REPOSITORY, 'packages/cli/src/develop/free-port.ts')).href;

describe('the port of a service in development', () => {
  const sessions: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map(end));
  });

  it('is the wanted one, and another where somebody listens on it', async () => {
    const port = await unusedPort();
    expect(await chosenBy(session(port))).toBe(port);
    await Promise.all(sessions.splice(0).map(end));
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    expect(await chosenBy(session(port))).not.toBe(port);
    server.close();
  });

  it('is never that of another session, though nobody listens on it yet, until that one ends', async () => {
    const port = await unusedPort();
    const first = session(port);
    expect(await chosenBy(first)).toBe(port);
    const [second, third] = await Promise.all([chosenBy(session(port)), chosenBy(session(port))]);
    expect(new Set([port, second, third]).size).toBe(3);
    await end(first);
    expect(await chosenBy(session(port))).toBe(port);
  });

  /** A process that chooses, and lives on. */
  function session(wanted: number): ChildProcess {
    const program = `const { freePort } = await import('${MODULE}'); process.send(await freePort(${wanted})); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    sessions.push(child);
    return child;
  }
});

async function chosenBy(session: ChildProcess): Promise<number> {
  const [port] = (await once(session, 'message')) as [number];
  return port;
}

async function end(session: ChildProcess): Promise<void> {
  if (session.exitCode !== null || session.signalCode !== null) return;
  session.kill('SIGKILL');
  await once(session, 'exit');
}
