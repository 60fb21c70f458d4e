import type { JsonWebKey } from 'node:crypto';
import type { Signer, Workload } from '@seaworthy/contracts';
import type { Digest, RegistryClient } from '@seaworthy/oci';
import type { VerifiedImage } from '@seaworthy/supply-chain';
import type Docker from 'dockerode';

export type Token = () => Promise<string>;

/** A replica that deploy started, and that was taken away again. */
export interface DeployedReplica {
  readonly digest: Digest;
  readonly imageId: string;
  /** what its process printed in its first moments */
  readonly output: string;
}

/** How a reference becomes an image that may be downloaded. The shipped one verifies; a drill may bring one that does not. */
export type Admission = (registry: RegistryClient, repository: string, reference: string) => Promise<VerifiedImage>;

/** One running copy of the platform, as an attacker or an operator finds it. The command line makes it. */
export interface DrillPlatform {
  readonly project: string;
  readonly docker: Docker;
  /** where the edge listens on the host's loopback, for clients that speak as no HTTP library does */
  readonly edgePort: number;
  /** an HTTPS call to one of the platform's services by its internal name */
  readonly fetch: (url: string, init?: object) => Promise<Response>;
  /** the registry with the rights of whoever the token is about; anonymous without one */
  registry(token?: Token): RegistryClient;
  workload(name: Workload): Token;
  /** a person without any right to release: the developer */
  developer: Token;
  /** a customer of the sample shop, signed in; without any other right */
  customer(name: 'marina' | 'nemo'): Token;
  /** Private key by which the issuer of people's tokens signs, for making tokens that it once gave, or gave for something else. JWK. */
  issuerKey(): JsonWebKey & { readonly kid: string };
  /** Private key of a signer, for attacks by somebody who stole another one, and for making fixtures. PEM. */
  signingKey(signer: Signer): string;
  /**
   * Runs one replica of `repository:reference` as deploy does: resolve, verify, only then download, load, compare, run.
   * The replica has no network and lives for a moment. @throws whatever deploy refuses with
   */
  deploy(repository: string, reference: string): Promise<DeployedReplica>;
  /** JSON log lines of a service's containers since a moment (milliseconds since the epoch). */
  logs(service: string, since: number): Promise<Record<string, unknown>[]>;
  /** Runs a Node program in a container with one of the platform's volumes, as somebody with access to that storage could. */
  tamper(volume: string, mountPath: string, program: string): Promise<void>;
  /** Name of one of the copy's volumes on the engine. */
  volume(name: string): string;
  /** Id on the engine of a hardened image: `toolbox`, `node`. */
  imageId(name: string): string;
  /** OCI layout of a hardened image on the host. */
  layoutDir(name: string): string;
  /** Makes a commit of the given files on top of the platform's main branch, as a change of its own, and runs the pipeline on it. */
  submitChange(files: Readonly<Record<string, string>>): Promise<PipelineRun>;
  /** Runs a program in the place of a service's replica: everything is as the engine tells it of a real one, but what is run. */
  inPlaceOf(service: string, run: InPlace): Promise<InPlaceResult>;
  /** Brings an image that the drill made into the engine; returns its id there. The drill removes it. */
  loadImage(layoutDir: string): Promise<string>;
  /** A request of a customer, through the edge; `path` begins with a slash. */
  edge(path: string, init?: object): Promise<Response>;
  /** The places that the edge has for replicas of a service, as the edge tells of them. */
  edgeServers(service: string): Promise<EdgeServer[]>;
  /** How many requests to a service are in hand at this moment, as the edge counts them. */
  edgeInHand(service: string): Promise<number>;
  /** Whether the fleet is part of this copy. */
  hasFleet(): Promise<boolean>;
  /**
   * Changes something of the platform that outlives the attack. Returns how that is undone, once `change` has come to its end; it happens by
   * itself when `change` fails or the run is interrupted, of which no `finally` hears.
   */
  undoable(change: () => Promise<unknown>, undo: () => Promise<unknown>): Promise<() => Promise<void>>;
  /**
   * Deploys services with other variables: new versions of them, by name of service. Resolves when they are rolled out; without the fleet,
   * when compose has put them in the place of the old ones. @throws when they do not get ready; then `found` says what the fleet calls each:
   * `catalog is rolled-back: …`
   */
  rollOut(changes: Readonly<Record<string, Readonly<Record<string, string>>>>): Promise<void>;
  /**
   * Cuts a service's container off from one of the copy's networks, as a pulled cable does: nobody is told, connections that stood hang.
   * Returns how it is connected again, under the same names; that happens by itself when the run is interrupted.
   */
  cutOff(service: string, network: string): Promise<() => Promise<void>>;
  /** Runs a Node program under a name on one of the copy's networks, where others find it besides who has that name already. */
  standIn(program: string, where: { readonly network: string; readonly alias: string }): Promise<StandIn>;
  /** Runs a Node program in the network of a container: it reaches what code in there would reach. Nobody enters the container itself. */
  inNetworkOf(container: string, program: string): Promise<Pick<InPlaceResult, 'exitCode' | 'output'>>;
  /** Starts two listeners of our own that play the internet: nothing outside this machine is ever dialled. */
  playInternet(): Promise<PlayedInternet>;
}

/** A program that others take for one of the platform's. */
export interface StandIn {
  /** what it printed so far */
  output(): Promise<string>;
  stop(): Promise<void>;
}

/** A place that the edge has for a replica. */
export interface EdgeServer {
  readonly service: string;
  readonly name: string;
  /** HAProxy's own word: `UP`, `DOWN`, `MAINT (resolution)` */
  readonly status: string;
  /** when that began, seconds since the epoch */
  readonly since: number;
  /** of the replica that has this place; `-` when none has */
  readonly address: string;
}

export interface InPlace {
  readonly entrypoint?: readonly string[];
  /** a TypeScript program of the drill and its arguments, bundled with all that it imports, instead of an entry point */
  readonly program?: { readonly file: string; readonly args: readonly string[] };
  /** id of another image than the replica's */
  readonly image?: string;
  /** leaves the replica's networks out: quicker, where they do not matter */
  readonly offline?: boolean;
}

export interface InPlaceResult {
  readonly exitCode: number;
  /** whether the kernel killed it at the container's limit of memory */
  readonly outOfMemory: boolean;
  /** both streams */
  readonly output: string;
}

/** A container on the one network that has a way out, and a listener at that network's gateway. */
export interface PlayedInternet {
  /** its name on its network */
  readonly name: string;
  readonly address: string;
  /** the engine's address on the same network, where the host listens */
  readonly gateway: string;
  readonly port: number;
  readonly gatewayPort: number;
  /** whether anything reached either of them */
  visits(): Promise<number>;
  stop(): Promise<void>;
}

export interface PipelineRun {
  readonly id: string;
  readonly state: 'succeeded' | 'failed';
  readonly stages: readonly { readonly name: string; readonly state: string; readonly message?: string }[];
  /** what the run ended with, output of failed tests included */
  readonly failure?: { readonly stage: string; readonly code: string; readonly message: string };
}

/** One place in the sources that is other in a drill-only build. */
export interface SourceEdit {
  /** relative to the clone's root */
  readonly file: string;
  /** text that must be there exactly once: the control, or where it takes hold */
  readonly found: string;
  readonly becomes: string;
}

/** How a throw-away copy differs from the platform. Everything insecure that a lesson needs is named here and lives nowhere else. */
export interface CopyChange {
  /** one sentence: which control is gone, and how */
  readonly summary: string;
  /** the services that the copy needs; their dependencies are started with them */
  readonly services: readonly string[];
  /** services that are the control, and that the copy does not have */
  readonly without?: readonly string[];
  /** a compose overlay, as YAML, laid over compose.yaml; paths in it are relative to the clone's root */
  readonly overlay?: string;
  /** services that are built anew for the copy, from the running commit's sources with these changes; the build exists in the copy alone */
  readonly builds?: Readonly<Record<string, readonly SourceEdit[]>>;
  /** files of the running commit that are other in the copy: by service, with where they lie in its containers */
  readonly files?: Readonly<Record<string, { readonly target: string; readonly edits: readonly SourceEdit[] }>>;
  /** public keys that replace or join those of `trust.json` */
  readonly trust?: Partial<Record<Signer, string>>;
  /** deploy's admission, in a build that exists in this drill alone; it is given the one that ships */
  readonly admission?: (platform: DrillPlatform, shipped: Admission) => Admission;
  /** which of the copy's networks the pipeline and its filter take for the fetching jobs' own */
  readonly jobsNetwork?: string;
}
