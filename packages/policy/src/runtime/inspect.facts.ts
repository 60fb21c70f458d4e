import { logBytes, sharedNamespaces } from './compose.facts.ts';
import type { ContainerFacts } from './container-facts.ts';
import { count, tmpfsSize } from './quantity.ts';
import type { SeccompProfiles } from './seccomp-profiles.ts';
import { noNewPrivileges, seccomp } from './security-options.ts';

/** What is read of the engine's answer to `GET /containers/{id}/json`, API 1.41 and later. */
export interface InspectedContainer {
  readonly Config: { readonly User?: string; readonly Env?: readonly string[] | null; readonly Labels?: Readonly<Record<string, string>> };
  readonly HostConfig: object;
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Source?: string; readonly RW: boolean }[];
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, unknown>> };
}

/** What the engine says of a container that a compose project started. */
export function inspectFacts(container: InspectedContainer, profiles: SeccompProfiles): ContainerFacts {
  const { Config, Mounts, NetworkSettings } = container;
  const host = container.HostConfig as Readonly<Record<string, unknown>>;
  const project = Config.Labels?.['com.docker.compose.project'] ?? '';
  const own = (name: string): string => (name.startsWith(`${project}_`) ? name.slice(project.length + 1) : name);
  const options = [...strings(host['SecurityOpt']), ...openedPaths(host)];
  const log = host['LogConfig'] as { Type?: string; Config?: Record<string, unknown> } | undefined;
  return {
    name: Config.Labels?.['com.docker.compose.service'] ?? '',
    user: Config.User ?? '',
    groups: strings(host['GroupAdd']),
    privileged: host['Privileged'] === true,
    readOnlyRoot: host['ReadonlyRootfs'] === true,
    noNewPrivileges: noNewPrivileges(options),
    capabilitiesDropped: strings(host['CapDrop']),
    capabilitiesAdded: strings(host['CapAdd']),
    devices: ((host['Devices'] as unknown[] | null | undefined) ?? []).map((device) => JSON.stringify(device)),
    seccomp: seccomp(options, (profile) => profiles.nameOf(profile)),
    sharedNamespaces: sharedNamespaces({
      network: text(host['NetworkMode']),
      pid: text(host['PidMode']),
      ipc: text(host['IpcMode']),
      uts: text(host['UTSMode']),
      user: text(host['UsernsMode']),
      cgroup: text(host['CgroupnsMode']),
    }),
    memoryBytes: count(host['Memory']),
    memoryAndSwapBytes: count(host['MemorySwap']),
    cpus: Number(host['NanoCpus'] ?? 0) / 1e9,
    pids: count(host['PidsLimit']),
    openFiles: count(((host['Ulimits'] as { Name: string; Hard: number }[] | null) ?? []).find(({ Name }) => Name === 'nofile')?.Hard),
    tmpfs: tmpfsOf(host).map(([path, how]) => ({ path, sizeBytes: tmpfsSize(how) })),
    sharedMemoryBytes: host['IpcMode'] === 'none' ? 0n : count(host['ShmSize']),
    hostPaths: Mounts.filter(({ Type }) => Type === 'bind').map(({ Source }) => Source ?? ''),
    writableVolumes: Mounts.filter(({ Type, RW }) => Type === 'volume' && RW).map(({ Name }) => own(Name ?? '')),
    environment: Object.fromEntries(
      (Config.Env ?? []).map((line) => [line.split('=')[0] ?? '', line.split('=').slice(1).join('=')] as const),
    ),
    // `none` is the name under which the engine lists the absence of any
    networks: Object.keys(NetworkSettings.Networks)
      .filter((name) => name !== 'none')
      .map(own),
    publishedPorts: Object.entries((host['PortBindings'] as Record<string, { HostIp?: string }[]> | null | undefined) ?? {}).flatMap(
      ([port, bindings]) => bindings.map(({ HostIp }) => ({ address: HostIp || '0.0.0.0', port: count(port.split('/')[0]) })),
    ),
    nameServers: strings(host['Dns']),
    restart: (host['RestartPolicy'] as { Name?: string } | undefined)?.Name || 'no',
    logBytes: logBytes(log?.Type, log?.Config),
  };
}

interface TmpfsMount {
  readonly Type: string;
  readonly Target?: string;
  /** `Options`: API 1.46 and later, each a name, and its value where it has one */
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Options?: readonly (readonly string[])[] | null } | null;
}

/** Each with its options as tmpfs(5) has them: those of `tmpfs`, and those that are declared among the volumes. */
function tmpfsOf(host: Readonly<Record<string, unknown>>): (readonly [path: string, options: string])[] {
  const mounts = ((host['Mounts'] as TmpfsMount[] | null | undefined) ?? []).filter(({ Type }) => Type === 'tmpfs');
  return [
    ...Object.entries((host['Tmpfs'] as Record<string, string> | null | undefined) ?? {}),
    ...mounts.map(({ Target, TmpfsOptions }) => {
      const size = TmpfsOptions?.SizeBytes ? [`size=${TmpfsOptions.SizeBytes}`] : [];
      return [Target ?? '', [...size, ...(TmpfsOptions?.Options ?? []).map((option) => option.join('='))].join(',')] as const;
    }),
  ];
}

/** Compose sends `systempaths=unconfined` as empty lists; without it the engine fills in its own. */
function openedPaths(host: Readonly<Record<string, unknown>>): string[] {
  const opened = [host['MaskedPaths'], host['ReadonlyPaths']].some((paths) => Array.isArray(paths) && paths.length === 0);
  return opened ? ['systempaths=unconfined'] : [];
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
