import { createServer } from 'node:net';
import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Finding } from './finding.ts';

export interface PortProbe {
  isFree(port: number): Promise<boolean>;
  /** name and pid of the process that listens there, where that can be told */
  holder(port: number): Promise<string | undefined>;
}

/** Whether each port on loopback is free, or already the platform's own (`own`). */
export async function examinePorts(
  ports: Readonly<Record<string, number>>,
  own: readonly number[] = [],
  probe: PortProbe = realProbe,
): Promise<Finding[]> {
  return Promise.all(Object.entries(ports).map(([name, port]) => examinePort(name, port, own, probe)));
}

async function examinePort(name: string, port: number, own: readonly number[], probe: PortProbe): Promise<Finding> {
  const variable = `SEAWORTHY_${name.toUpperCase()}_PORT`;
  const fact = { id: `port ${port}`, expected: `127.0.0.1:${port} free, for ${name}` };
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return {
      ...fact,
      id: variable,
      expected: 'a port between 1 and 65535',
      level: 'error',
      code: 'PORT_TAKEN',
      found: 'something else',
      remedy: `unset ${variable}, or set it to a free port`,
    };
  }
  if (own.includes(port)) return { ...fact, level: 'ok', found: 'taken by the running platform itself' };
  if (await probe.isFree(port)) return { ...fact, level: 'ok', found: 'free' };
  const holder = (await probe.holder(port)) ?? 'another process';
  return {
    ...fact,
    level: 'error',
    code: 'PORT_TAKEN',
    found: `taken by ${holder}`,
    remedy: `stop it, or choose another port: ${variable}=<port> npm start`,
  };
}

const realProbe: PortProbe = {
  isFree: (port) =>
    new Promise((settle) => {
      const server = createServer();
      server.once('error', () => settle(false));
      server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => settle(true)));
    }),
  async holder(port) {
    const socket = await listeningSocket(port);
    return socket === undefined ? undefined : processWith(`socket:[${socket}]`);
  },
};

/** Inode of the socket that listens there: proc(5), /proc/net/tcp; state 0A is LISTEN. */
async function listeningSocket(port: number): Promise<string | undefined> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = await readFile(file, 'utf8').catch(() => '');
    for (const line of lines.split('\n')) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(local) && fields[3] === '0A') return fields[9];
    }
  }
  return undefined;
}

/** Only root sees the sockets of all processes. */
async function processWith(socket: string): Promise<string | undefined> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) !== socket) continue;
      return `${(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a process')).trim()} (pid ${pid})`;
    }
  }
  return undefined;
}
