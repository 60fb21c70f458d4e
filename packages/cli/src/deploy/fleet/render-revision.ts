import { createHash } from 'node:crypto';
import { REVISION_LABEL } from '@seaworthy/contracts';
import type { DeployedContainer, DeployedRevision } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import type { ComposeConfig, ComposeService } from './compose-service.schema.ts';

export interface Rendering {
  readonly project: string;
  readonly name: string;
  readonly service: ComposeService;
  readonly config: Pick<ComposeConfig, 'networks' | 'volumes'>;
  /** of the verified image, as the engine holds it */
  readonly image: Docker.ImageInspectInfo;
  /** compose's own, by which it tells a changed service */
  readonly configHash: string;
  /** where compose.yaml lies, and its environment, as compose notes them */
  readonly workingDir: string;
  /** content of a seccomp profile by its path in compose.yaml */
  readonly readProfile: (path: string) => string;
}

/**
 * The container that compose would make of a service (Engine API, "Create a container"), so that the fleet can make more of it: with
 * compose's labels, so that `docker compose ps`, `logs` and `down` take them for compose's own. What the image says is written out, so that
 * nothing in a running replica is left to be guessed at when it is compared with this.
 */
export function renderRevision(rendering: Rendering): DeployedRevision {
  const { name, service, config } = rendering;
  const networks = Object.entries(service.networks)
    .map(([network, own]) => ({ name: nameIn(config.networks, network), aliases: [name, ...(own?.aliases ?? [])] }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
  const container = renderContainer(rendering, networks[0]?.name ?? 'none', networks[0]?.aliases ?? []);
  const id = createHash('sha256').update(JSON.stringify({ container, networks })).digest('hex').slice(0, 16);
  return { id, container: { ...container, Labels: { ...container.Labels, [REVISION_LABEL]: id } }, networks };
}

function renderContainer(rendering: Rendering, firstNetwork: string, aliases: readonly string[]): DeployedContainer {
  const { service, image } = rendering;
  const environment = Object.entries(service.environment).flatMap(([key, value]) => (value === null ? [] : [`${key}=${value}`]));
  const inherited = (image.Config.Env ?? []).filter((line) => !((line.split('=')[0] ?? '') in service.environment));
  const entrypoint = service.entrypoint ?? (image.Config.Entrypoint as string[] | undefined);
  return {
    Image: service.image,
    User: service.user,
    Env: [...environment, ...inherited],
    WorkingDir: image.Config.WorkingDir,
    ...(entrypoint === undefined ? {} : { Entrypoint: entrypoint }),
    ...commandOf(service, image),
    StopTimeout: Number.parseInt(service.stop_grace_period, 10),
    ...(service.stop_signal === undefined ? {} : { StopSignal: service.stop_signal }),
    Labels: labelsOf(rendering),
    HostConfig: hostConfigOf(rendering, firstNetwork),
    NetworkingConfig: { EndpointsConfig: { [firstNetwork]: { Aliases: [...aliases] } } },
  };
}

/** An entrypoint of compose's takes the image's command away. */
function commandOf({ command, entrypoint }: ComposeService, { Config }: Docker.ImageInspectInfo): { Cmd?: string[] } {
  const inherited = entrypoint === null ? ((Config.Cmd as string[] | null) ?? undefined) : undefined;
  const wanted = command ?? inherited;
  return wanted === undefined ? {} : { Cmd: wanted };
}

function labelsOf({ project, name, service, configHash, workingDir }: Rendering): Record<string, string> {
  return {
    ...service.labels,
    'com.docker.compose.project': project,
    'com.docker.compose.service': name,
    'com.docker.compose.oneoff': 'False',
    'com.docker.compose.config-hash': configHash,
    'com.docker.compose.image': service.image,
    'com.docker.compose.depends_on': '',
    'com.docker.compose.project.working_dir': workingDir,
    'com.docker.compose.project.config_files': `${workingDir}/compose.yaml`,
  };
}

function hostConfigOf({ service, config, readProfile }: Rendering, firstNetwork: string): DeployedContainer['HostConfig'] {
  return {
    NetworkMode: firstNetwork,
    RestartPolicy: { Name: service.restart, MaximumRetryCount: 0 },
    ReadonlyRootfs: service.read_only,
    CapDrop: service.cap_drop,
    SecurityOpt: service.security_opt.map((option) => securityOption(option, readProfile)),
    IpcMode: service.ipc,
    CgroupnsMode: service.cgroup,
    NanoCpus: Math.round(service.cpus * 1e9),
    PidsLimit: service.pids_limit,
    Memory: service.mem_limit,
    MemorySwap: service.memswap_limit,
    Ulimits: Object.entries(service.ulimits).map(([Name, value]) =>
      typeof value === 'number' ? { Name, Hard: value, Soft: value } : { Name, Hard: value.hard, Soft: value.soft },
    ),
    Dns: service.dns,
    LogConfig: { Type: service.logging.driver, Config: service.logging.options },
    Mounts: service.volumes.map(({ source, target, read_only: readOnly }) => ({
      Type: 'volume',
      Source: nameIn(config.volumes, source),
      Target: target,
      ...(readOnly ? { ReadOnly: true } : {}),
      VolumeOptions: {},
    })),
    ...(service.tmpfs.length === 0 ? {} : { Tmpfs: Object.fromEntries(service.tmpfs.map(tmpfs)) }),
  };
}

/** Compose hands the engine the profile itself: the engine knows no paths of its clients. */
function securityOption(option: string, readProfile: (path: string) => string): string {
  const [, path] = /^seccomp[:=](.+)$/.exec(option) ?? [];
  if (path === undefined || path === 'unconfined') return option;
  return `seccomp=${JSON.stringify(JSON.parse(readProfile(path)))}`;
}

function tmpfs(text: string): [string, string] {
  const [path = '', options = ''] = text.split(/:(.*)/s);
  return [path, options];
}

function nameIn(declared: Readonly<Record<string, { readonly name: string }>>, key: string): string {
  const found = declared[key];
  if (found === undefined) throw new Error(`expected compose.yaml to declare ${key}, found that it does not`);
  return found.name;
}
