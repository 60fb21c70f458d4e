import { randomUUID } from 'node:crypto';
import { ENDPOINTS } from '@seaworthy/contracts';
import { GenericContainer, Wait } from 'testcontainers';
import { engine, TEST_LABELS } from '../engine/engine.ts';
import { freePort } from '../engine/free-port.ts';
import { ownImage } from '../engine/own-image.ts';
import { testAuthority } from '../trust/test-authority.ts';

/** A line of the registry's access log. */
export interface RegistryRequest {
  method: string;
  path: string;
  status: number;
}

export interface StartedRegistry {
  /** as clients name it, and its certificate: `https://registry.seaworthy.internal:5443` */
  baseUrl: string;
  /** without scheme, as references to images begin */
  host: string;
  /** where this process reaches it */
  connectTo: { host: string; port: number };
  /** the authority that issued its certificate, PEM */
  ca: string;
  /** other containers reach it in this network, by its name */
  network: string;
  /** what it answered since it started */
  accessLog(): Promise<RegistryRequest[]>;
  stop(): Promise<void>;
}

const { host: NAME, port: PORT } = ENDPOINTS.registry;
const TLS = '/run/seaworthy/tls';
const ACCESS_LINE = /"(?<method>[A-Z]+) (?<path>\S+) HTTP\/[\d.]+" (?<status>\d{3}) /;

/**
 * The project's own registry with nothing before it: TLS of a throw-away authority, no tokens, storage that goes with it. In the
 * platform it listens on a socket for its gate alone; here tests and the tools that they try reach it in a network of their own.
 */
export async function startRegistry(): Promise<StartedRegistry> {
  const authority = await testAuthority();
  const { cert, key } = await authority.issue(NAME, 'localhost', '127.0.0.1');
  const network = `seaworthy-test-registry-${randomUUID()}`;
  await engine.createNetwork({ Name: network, Labels: { ...TEST_LABELS } });
  const port = await freePort();
  const container = await new GenericContainer(await ownImage('registry'))
    .withLabels(TEST_LABELS)
    .withNetworkMode(network)
    .withNetworkAliases(NAME)
    .withExposedPorts({ container: PORT, host: port })
    .withCopyContentToContainer([
      { target: `${TLS}/cert.pem`, content: cert, mode: 0o444 },
      { target: `${TLS}/key.pem`, content: key, mode: 0o444 },
    ])
    .withEnvironment({
      REGISTRY_HTTP_NET: 'tcp',
      REGISTRY_HTTP_ADDR: `:${PORT}`,
      REGISTRY_HTTP_TLS_CERTIFICATE: `${TLS}/cert.pem`,
      REGISTRY_HTTP_TLS_KEY: `${TLS}/key.pem`,
      REGISTRY_LOG_LEVEL: 'info',
    })
    .withWaitStrategy(Wait.forLogMessage(/listening on/))
    .start();
  const id = container.getId();
  return {
    baseUrl: `https://${NAME}:${PORT}`,
    host: `${NAME}:${PORT}`,
    connectTo: { host: '127.0.0.1', port },
    ca: authority.root,
    network,
    accessLog: async () => readAccessLog(id),
    stop: async () => {
      await engine.getContainer(id).remove({ force: true, v: true });
      await engine.getNetwork(network).remove();
    },
  };
}

async function readAccessLog(id: string): Promise<RegistryRequest[]> {
  const log = await engine.getContainer(id).logs({ stdout: true, stderr: true, follow: false });
  return log
    .toString('utf8')
    .split('\n')
    .map((line) => ACCESS_LINE.exec(line)?.groups)
    .flatMap((found) => (found === undefined ? [] : [{ method: found['method']!, path: found['path']!, status: Number(found['status']) }]));
}
