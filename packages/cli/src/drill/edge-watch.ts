import type { EdgeServer } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { helperLabels } from '../engine/helper-containers.ts';
import type { Instance } from '../instance.ts';

const PROGRAM = `
const { connect } = require('node:net');
const ask = (command) => new Promise((resolve) => {
  let answer = '';
  const socket = connect('/run/edge-stats/stats.sock', () => socket.end(command + '\\n'));
  socket.setEncoding('utf8').on('data', (chunk) => (answer += chunk)).on('error', () => resolve('')).on('close', () => resolve(answer));
});
let last = '';
setInterval(async () => {
  const [stats = '', states = ''] = (await ask('show stat -1 6 -1;show servers state')).split('\\n\\n', 2);
  const lines = stats.split('\\n').map((line) => line.split(','));
  const [status, changed, current, queued] = ['status', 'lastchg', 'scur', 'qcur'].map((name) => (lines[0] ?? []).indexOf(name));
  const inHand = {};
  // a backend counts its servers' requests once more: of it, only those that wait for any of them
  for (const line of lines.slice(1).filter((line) => line[status])) {
    const service = line[0].replace(/-patient$/, '');
    inHand[service] = (inHand[service] ?? 0) + Number(line[queued]) + (line[1] === 'BACKEND' ? 0 : Number(line[current]));
  }
  console.log(JSON.stringify(inHand));
  const addresses = new Map(states.split('\\n').map((line) => line.split(' ')).map((words) => [words[1] + '/' + words[3], words[4]]));
  const servers = lines.slice(1).filter((line) => line[status] && line[1] !== 'BACKEND').map(([service, name, ...rest]) =>
    ({ service, name, status: rest[status - 2], since: Math.round(Date.now() / 1000) - Number(rest[changed - 2]), address: addresses.get(service + '/' + name) ?? '-' }));
  const text = JSON.stringify(servers);
  const news = text.replace(/"since":\\d+/g, '');
  if (news === last) return;
  last = news;
  console.log(text);
}, 100);
// ends with whoever listens, also when that was killed
process.stdin.resume().on('end', () => process.exit(0));
`;

/** Follows what the edge says of its servers, as somebody who may ask at its socket, in a container of its own. */
export class EdgeWatch {
  readonly #container: Docker.Container;
  #servers: EdgeServer[] = [];
  #inHand: Readonly<Record<string, number>> = {};
  #rest = '';

  private constructor(container: Docker.Container) {
    this.#container = container;
  }

  static async start(docker: Docker, instance: Instance, nodeImage: string): Promise<EdgeWatch> {
    const container = await docker.createContainer({
      Image: nodeImage,
      Entrypoint: ['/usr/bin/node', '--eval', PROGRAM],
      User: '65532:65532',
      OpenStdin: true,
      StdinOnce: true,
      AttachStdin: true,
      Labels: helperLabels(instance),
      HostConfig: {
        AutoRemove: true,
        NetworkMode: 'none',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges:true'],
        Mounts: [{ Type: 'volume', Source: `${instance.project}_edge-stats`, Target: '/run/edge-stats', ReadOnly: true }],
      },
    });
    const watch = new EdgeWatch(container);
    const stream = await container.attach({ stream: true, stdin: true, stdout: true, hijack: true });
    container.modem.demuxStream(stream, { write: (chunk: Buffer) => watch.#read(chunk) }, process.stderr);
    await container.start();
    return watch;
  }

  servers(service: string): EdgeServer[] {
    return this.#servers.filter((server) => server.service === service);
  }

  /** Requests that replicas of a service have in hand, and those that wait for one: what the fleet measures. */
  inHand(service: string): number {
    return this.#inHand[service] ?? 0;
  }

  async stop(): Promise<void> {
    await this.#container.remove({ force: true }).catch(() => undefined);
  }

  #read(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('utf8')).split('\n');
    this.#rest = lines.pop() ?? '';
    const [servers, inHand] = ['[', '{'].map((mark) => lines.findLast((line) => line.startsWith(mark)));
    if (servers !== undefined) this.#servers = JSON.parse(servers) as EdgeServer[];
    if (inHand !== undefined) this.#inHand = JSON.parse(inHand) as Record<string, number>;
  }
}
