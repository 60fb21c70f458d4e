/**
 * What is known of one container, whoever said it: a compose file before it is started, or the engine while it runs. Rules see this and
 * nothing else, so that one rule judges both. Whole numbers are bigint, since they are `int` in CEL.
 */
export interface ContainerFacts {
  /** service of compose.yaml */
  readonly name: string;
  /** `uid:gid`; empty when the image decides */
  readonly user: string;
  readonly groups: readonly string[];
  readonly privileged: boolean;
  readonly readOnlyRoot: boolean;
  readonly noNewPrivileges: boolean;
  readonly capabilitiesDropped: readonly string[];
  readonly capabilitiesAdded: readonly string[];
  readonly devices: readonly string[];
  /**
   * name of the profile in infra/seccomp whose content is in force; `default` is the engine's own; else `unconfined`, or `unknown`: another,
   * several, or one beside a security option that no rule sees
   */
  readonly seccomp: string;
  /** namespaces that it shares with the host or with another container */
  readonly sharedNamespaces: readonly string[];
  /** 0n: no limit */
  readonly memoryBytes: bigint;
  /** memory and swap together; 0n: as much swap as the engine likes */
  readonly memoryAndSwapBytes: bigint;
  readonly cpus: number;
  readonly pids: bigint;
  readonly openFiles: bigint;
  readonly tmpfs: readonly { readonly path: string; readonly sizeBytes: bigint }[];
  /** size of /dev/shm; 0n: there is none */
  readonly sharedMemoryBytes: bigint;
  /** paths of the host that it sees */
  readonly hostPaths: readonly string[];
  /** volumes that it may write to */
  readonly writableVolumes: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly networks: readonly string[];
  readonly publishedPorts: readonly { readonly address: string; readonly port: bigint }[];
  readonly nameServers: readonly string[];
  readonly restart: string;
  /** what its log may come to on the host's disk; 0n: no limit */
  readonly logBytes: bigint;
}
