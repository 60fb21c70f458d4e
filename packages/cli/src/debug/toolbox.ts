import { createServer, type Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { Instance } from '../instance.ts';

const NODE = '/usr/bin/node';
/** One connection, from standard input and output to a port of the namespace. */
const CONNECT = "const s=require('net').connect(+process.argv[1],'127.0.0.1');process.stdin.pipe(s).pipe(process.stdout)";
/** Ends when somebody listens at a port of the namespace: proc(5), /proc/net/tcp; state 0A is LISTEN. A connection would reach the service. */
const AWAIT_LISTENER = `
const local = ':' + (+process.argv[1]).toString(16).toUpperCase().padStart(4, '0');
const listens = (file) => {
  try {
    return require('fs').readFileSync(file, 'utf8').split('\\n').map((line) => line.trim().split(/\\s+/)).some((one) => one[1]?.endsWith(local) && one[3] === '0A');
  } catch {
    return false;
  }
};
setInterval(() => ['/proc/net/tcp', '/proc/net/tcp6'].some(listens) && process.exit(), 100);
`;
const MIB = 1024 * 1024;

/** Tools beside a copy, in its network and its process namespaces: a shell, Node and git that the copy's own image does not have. */
export class Toolbox {
  readonly name: string;
  readonly #docker: Docker;
  readonly #container: Docker.Container;
  readonly #tunnels: Server[] = [];
  readonly #connections = new Set<Socket>();

  static async start(docker: Docker, instance: Instance, image: string, copy: Docker.Container): Promise<Toolbox> {
    const name = `${instance.project}-tools`;
    const container = await docker.createContainer({
      name,
      Image: image,
      Cmd: ['/usr/bin/sleep', 'infinity'],
      User: '65532:65532',
      Labels: { [OWNER_LABEL]: instance.project },
      HostConfig: {
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        PidsLimit: 64,
        Memory: 512 * MIB,
        NetworkMode: `container:${copy.id}`,
        PidMode: `container:${copy.id}`,
        Tmpfs: { '/tmp': 'size=64m,mode=1777' },
      },
    });
    await container.start();
    return new Toolbox(docker, container, name);
  }

  private constructor(docker: Docker, container: Docker.Container, name: string) {
    this.#docker = docker;
    this.#container = container;
    this.name = name;
  }

  /** Makes a port of the copy, which has no network, answer on 127.0.0.1 of this machine: each connection goes through the toolbox. */
  async tunnel(target: number, local: number): Promise<void> {
    const server = createServer((socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
      this.#carry(socket, target).catch(() => socket.destroy());
    });
    await new Promise<void>((settle, refuse) => server.once('error', refuse).listen(local, '127.0.0.1', settle));
    this.#tunnels.push(server);
  }

  /** Resolves when the copy listens at this port, whatever it logs of that. */
  async listener(port: number): Promise<void> {
    const exec = await this.#container.exec({ Cmd: [NODE, '-e', AWAIT_LISTENER, String(port)], AttachStdout: true, AttachStderr: true });
    await finished((await exec.start({})).resume());
  }

  close(): void {
    for (const server of this.#tunnels) server.close();
    for (const socket of this.#connections) socket.destroy();
  }

  async #carry(socket: Socket, target: number): Promise<void> {
    socket.on('error', () => socket.destroy());
    const exec = await this.#container.exec({
      Cmd: [NODE, '-e', CONNECT, String(target)],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
    });
    const stream = await exec.start({ hijack: true, stdin: true });
    this.#docker.modem.demuxStream(stream, socket, new Writable({ write: (_chunk, _encoding, done) => done() }));
    stream.on('end', () => socket.end());
    stream.on('error', () => socket.destroy());
    socket.on('close', () => stream.destroy());
    socket.pipe(stream);
  }
}
