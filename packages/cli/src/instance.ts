import { join } from 'node:path';

/**
 * One copy of the platform on one engine: the user's own, or a throw-away one that a drill changes.
 * Copies share nothing but the engine and the built images: names, ports, subnets, keys and state differ.
 */
export interface Instance {
  /** compose project; every container, network and volume carries it in its name and its label */
  readonly project: string;
  /** the clone's root: the working tree */
  readonly root: string;
  /** what this copy keeps on the host: keys, trust, state; mode 0700 */
  readonly stateDir: string;
  /** what all copies of one clone share: built images, downloads */
  readonly sharedDir: string;
  /** loopback ports of the host */
  readonly ports: Ports;
  /** first two octets of its subnets, such as `10.213` */
  readonly subnet: string;
}

export interface Ports {
  readonly edge: number;
  readonly registry: number;
  readonly identity: number;
  readonly pipeline: number;
  readonly gatekeeper: number;
  readonly fleet: number;
}

const DEFAULT_PORTS: Ports = { edge: 8443, registry: 5443, identity: 9443, pipeline: 9444, gatekeeper: 9445, fleet: 9446 };

/** The user's own copy. Ports can be moved with SEAWORTHY_EDGE_PORT and its like, subnets with SEAWORTHY_SUBNET. */
export function mainInstance(root: string, env: NodeJS.ProcessEnv = process.env): Instance {
  const sharedDir = join(root, '.seaworthy');
  return {
    project: env['SEAWORTHY_PROJECT'] ?? 'seaworthy',
    root,
    stateDir: sharedDir,
    sharedDir,
    ports: portsFrom(env),
    subnet: env['SEAWORTHY_SUBNET'] ?? '10.213',
  };
}

/** What this project puts beside the user's own copy, by name: a drill's without its control, and those of bench, dev and debug. */
const COPIES = ['copy', 'bench', 'development', 'debug'] as const;
type CopyName = (typeof COPIES)[number];

/**
 * Projects of all copies that one of the name `main` can have; bench's is a clone that can have its own. `npm stop` throws them away: what
 * is named otherwise is somebody else's.
 */
export function copyProjects(main: string): string[] {
  return [main, copyProject(main, 'bench')].flatMap((one) => COPIES.map((name) => copyProject(one, name)));
}

function copyProject(main: string, name: CopyName): string {
  return `${main}-${name}`;
}

/** A copy beside the user's own, for a drill whose control is gone. `slot` (1–9) keeps ports and subnets of copies apart. */
export function throwAwayInstance(main: Instance, name: CopyName, slot: number): Instance {
  const shifted = Object.fromEntries(Object.entries(main.ports).map(([key, port]) => [key, port + 10_000 + slot * 100]));
  const [first, second] = main.subnet.split('.').map(Number) as [number, number];
  return {
    ...main,
    project: copyProject(main.project, name),
    stateDir: join(main.sharedDir, 'copies', name),
    ports: shifted as unknown as Ports,
    subnet: `${first}.${(second + slot) % 256}`,
  };
}

/** What `npm run dev` starts: stores of services of the working tree; it shares nothing with the platform but the built images. */
export function developmentInstance(main: Instance): Instance {
  return { ...main, project: copyProject(main.project, 'development'), stateDir: join(main.sharedDir, 'development') };
}

/** What `npm run debug` starts: the copy of one replica, and its tools. */
export function debugInstance(main: Instance): Instance {
  return { ...main, project: copyProject(main.project, 'debug'), stateDir: join(main.sharedDir, 'debug') };
}

/**
 * The commit that was started last, checked out: what is built, and how it is run, is declared here. What somebody writes into the working tree
 * meanwhile changes nothing.
 */
export function checkoutDir({ sharedDir }: Instance): string {
  return join(sharedDir, 'source');
}

function portsFrom(env: NodeJS.ProcessEnv): Ports {
  const port = (key: keyof Ports): number => {
    const found = env[`SEAWORTHY_${key.toUpperCase()}_PORT`];
    return found === undefined ? DEFAULT_PORTS[key] : Number(found);
  };
  return {
    edge: port('edge'),
    registry: port('registry'),
    identity: port('identity'),
    pipeline: port('pipeline'),
    gatekeeper: port('gatekeeper'),
    fleet: port('fleet'),
  };
}
