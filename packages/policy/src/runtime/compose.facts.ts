import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ComposeService } from './compose-file.ts';
import type { ContainerFacts } from './container-facts.ts';
import { bytes, count, scalar, tmpfsSize } from './quantity.ts';
import type { SeccompProfiles } from './seccomp-profiles.ts';
import { noNewPrivileges, seccomp } from './security-options.ts';

/** Where profiles are read from and known by. */
export interface ComposeContext {
  /** folder of the first compose file: what `seccomp=` and `./` are relative to */
  readonly folder: string;
  readonly profiles: SeccompProfiles;
}

/** What a compose file says of one service. */
export function composeFacts(name: string, service: ComposeService, { folder, profiles }: ComposeContext): ContainerFacts {
  const volumes = service.volumes.map(volumeOf);
  return {
    name,
    user: service.user,
    groups: service.group_add,
    privileged: service.privileged,
    readOnlyRoot: service.read_only,
    noNewPrivileges: noNewPrivileges(service.security_opt),
    capabilitiesDropped: service.cap_drop,
    capabilitiesAdded: service.cap_add,
    devices: service.devices.map((device) => JSON.stringify(device)),
    seccomp: seccomp(service.security_opt, (path) => profiles.nameOf(readFileSync(resolve(folder, path), 'utf8'))),
    sharedNamespaces: sharedNamespaces({
      network: service.network_mode,
      pid: service.pid,
      ipc: service.ipc,
      uts: service.uts,
      user: service.userns_mode,
      cgroup: service.cgroup,
    }),
    memoryBytes: bytes(service.mem_limit),
    memoryAndSwapBytes: bytes(service.memswap_limit),
    cpus: service.cpus,
    pids: service.pids_limit < 0 ? 0n : BigInt(service.pids_limit),
    openFiles: openFilesOf(service.ulimits['nofile']),
    tmpfs: [
      ...service.tmpfs.map((entry) => ({ path: entry.split(':')[0] ?? '', sizeBytes: tmpfsSize(entry.split(':').slice(1).join(':')) })),
      ...volumes.filter(({ type }) => type === 'tmpfs').map(({ target, size }) => ({ path: target, sizeBytes: bytes(size) })),
    ],
    sharedMemoryBytes: service.ipc === 'none' ? 0n : bytes(service.shm_size),
    hostPaths: volumes.filter(({ type }) => type === 'bind').map(({ source }) => source),
    writableVolumes: volumes.filter(({ type, readOnly }) => type === 'volume' && !readOnly).map(({ source }) => source),
    environment: environmentOf(service.environment),
    networks: networksOf(service),
    publishedPorts: service.ports.map(portOf),
    nameServers: service.dns,
    restart: service.restart,
    logBytes: logBytes(service.logging.driver, service.logging.options),
  };
}

/** Shared by both readers: a namespace of the host's or of another container's, wherever one can be named. */
export function sharedNamespaces(modes: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(modes)
    .filter(([, mode]) => mode !== undefined && /^(?:host|container:|service:|shareable)/.test(mode))
    .map(([namespace]) => namespace);
}

/** Engine, "JSON file logging driver": `max-size` of each file, `max-file` files. Any other driver is one that nobody bounded. */
export function logBytes(driver: string | undefined, options: Readonly<Record<string, unknown>> | undefined): bigint {
  return driver === 'json-file' ? bytes(options?.['max-size']) * count(options?.['max-file']) : 0n;
}

function openFilesOf(limit: number | { hard: number } | undefined): bigint {
  const hard = typeof limit === 'number' ? limit : (limit?.hard ?? 0);
  return hard < 0 ? 0n : BigInt(hard);
}

interface Volume {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly size?: unknown;
}

/** Compose specification, "volumes": a source that is a path is the host's, any other a volume's name. */
function volumeOf(entry: string | Record<string, unknown>): Volume {
  if (typeof entry !== 'string') {
    const { type, source, target, read_only: readOnly, tmpfs } = entry as Record<string, string> & { tmpfs?: { size?: unknown } };
    return { type: type ?? '', source: source ?? '', target: target ?? '', readOnly: Boolean(readOnly), size: tmpfs?.size };
  }
  const [source = '', target = '', options = ''] = entry.split(':');
  return { type: /^[./~]/.test(source) ? 'bind' : 'volume', source, target, readOnly: options.split(',').includes('ro') };
}

function environmentOf(environment: readonly string[] | Readonly<Record<string, unknown>>): Record<string, string> {
  const entries = Array.isArray(environment)
    ? environment.map((line: string) => [line.split('=')[0] ?? '', line.split('=').slice(1).join('=')] as const)
    : Object.entries(environment).map(([name, value]) => [name, scalar(value)] as const);
  return Object.fromEntries(entries);
}

/** The mode `none` is no network; `host` and `service:` are shared namespaces; any other is the name of one. */
function networksOf({ network_mode: mode, networks }: ComposeService): string[] {
  if (mode !== undefined) return /^(?:none$|host$|service:|container:)/.test(mode) ? [] : [mode];
  const found = Array.isArray(networks) ? networks : Object.keys(networks);
  // without any, compose puts a service on the project's own default network, which nobody declared
  return found.length === 0 ? ['default'] : found;
}

/** Compose specification, "ports", short and long form; the port inside. */
function portOf(entry: string | Record<string, unknown>): { address: string; port: bigint } {
  if (typeof entry !== 'string') return { address: scalar(entry['host_ip']) || '0.0.0.0', port: count(entry['target']) };
  const parts = entry.replace(/\/(?:tcp|udp)$/, '').split(':');
  return { address: parts.length > 2 ? parts.slice(0, -2).join(':') : '0.0.0.0', port: count(parts.at(-1)) };
}
