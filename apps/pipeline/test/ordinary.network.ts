import { engine, ownImage, TEST_LABELS, testNetwork } from '@seaworthy/testing';
import type { TestNetwork } from '@seaworthy/testing';

/** Of whoever takes connections there; nobody can own a name below `test` (RFC 6761, section 6.2). */
export const PEER = { name: 'peer.seaworthy.test', port: 8080 };
const LISTEN = `require('node:net').createServer((socket) => socket.end('peer')).listen(${PEER.port}, () => console.log('listening'))`;
const SAY = "const say = (found) => console.log('said=' + JSON.stringify(found));";
const PATIENCE_MS = 30_000;

type Container = Awaited<ReturnType<typeof engine.createContainer>>;

/** A network as the engine makes it where nobody says otherwise, with somebody on it who takes connections: what jobs must not reach. */
export class OrdinaryNetwork {
  readonly #network: TestNetwork;
  readonly #peer: Container;
  readonly address: string;
  /** where the host is */
  readonly gateway: string;

  private constructor(network: TestNetwork, peer: Container, { IPAddress, Gateway }: { IPAddress: string; Gateway: string }) {
    this.#network = network;
    this.#peer = peer;
    this.address = IPAddress;
    this.gateway = Gateway;
  }

  static async start(): Promise<OrdinaryNetwork> {
    const network = await testNetwork();
    const peer = await create(network.name, ['--eval', LISTEN], [PEER.name]);
    await peer.start();
    for (const until = Date.now() + PATIENCE_MS; !(await printed(peer)).includes('listening');)
      if (Date.now() > until) throw new Error(`expected a peer that listens, found: ${await printed(peer)}`);
    const place = (await peer.inspect()).NetworkSettings.Networks[network.name];
    if (place === undefined) throw new Error(`expected the peer on ${network.name}, found it elsewhere`);
    return new OrdinaryNetwork(network, peer, place);
  }

  /** Runs an ES module there, to its end; returns what it says by `say(found)`. */
  async run(program: string): Promise<unknown> {
    const container = await create(this.#network.name, ['--input-type=module', '--eval', `${SAY}\n${program}`]);
    try {
      await container.start();
      await container.wait();
      const output = await printed(container);
      const said = /^said=(.*)$/m.exec(output)?.[1];
      if (said === undefined) throw new Error(`expected it to say what it found, found: ${output}`);
      return JSON.parse(said);
    } finally {
      await container.remove({ force: true });
    }
  }

  async stop(): Promise<void> {
    await this.#peer.remove({ force: true });
    await this.#network.remove();
  }
}

async function create(network: string, words: readonly string[], aliases: readonly string[] = []): Promise<Container> {
  return engine.createContainer({
    Image: await ownImage('node'),
    Entrypoint: ['/usr/bin/node', ...words],
    User: '65532:65532',
    Labels: { ...TEST_LABELS },
    // its log then is what it printed, without frames around it
    Tty: true,
    HostConfig: { NetworkMode: network, ReadonlyRootfs: true, CapDrop: ['ALL'], SecurityOpt: ['no-new-privileges:true'] },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [...aliases] } } },
  });
}

async function printed(container: Container): Promise<string> {
  return (await container.logs({ stdout: true, stderr: true })).toString('utf8');
}
