import { request } from 'node:http';
import { existsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandRunner } from '../command.ts';

/** A container engine that answers on this machine. */
export interface Engine {
  /** the engine API's UNIX socket */
  readonly socketPath: string;
  /** group that may use the socket; for the container of the engine filter */
  readonly socketGroup: number;
  readonly version: string;
  readonly apiVersion: string;
}

/** Where an engine was looked for, and what was found there. */
export interface EngineSearch {
  readonly engine?: Engine;
  /** why each place that exists was no good: `/var/run/docker.sock: EACCES` */
  readonly refusals: readonly EngineRefusal[];
  /** whether the program of an engine is there, so that it only has to be started */
  readonly isInstalled: boolean;
}
export interface EngineRefusal {
  readonly place: string;
  /** errno of the connection, or REMOTE for an engine that is not on this machine */
  readonly reason: string;
  /** DOCKER_HOST names it: no other engine is looked for, and none is made */
  readonly isChosen: boolean;
}

export interface EngineProbe {
  readonly run: CommandRunner;
  readonly env: NodeJS.ProcessEnv;
  exists(path: string): boolean;
  hasProgram(name: string): boolean;
  version(socketPath: string): Promise<{ Version: string; ApiVersion: string }>;
  group(socketPath: string): number;
}

/** Looks where docker's own client would look, and then where engines usually listen. */
export async function findEngine(probe: EngineProbe = realProbe): Promise<EngineSearch> {
  const refusals: EngineRefusal[] = [];
  const isChosen = Boolean(probe.env['DOCKER_HOST']);
  const isInstalled = probe.hasProgram('dockerd');
  for (const place of await places(probe)) {
    const socketPath = /^unix:\/\/(.+)$/.exec(place)?.[1];
    if (!socketPath) {
      refusals.push({ place, reason: 'REMOTE', isChosen });
      continue;
    }
    if (!probe.exists(socketPath) && !isChosen) continue;
    try {
      const { Version, ApiVersion } = await probe.version(socketPath);
      return {
        engine: { socketPath, socketGroup: probe.group(socketPath), version: Version, apiVersion: ApiVersion },
        refusals,
        isInstalled,
      };
    } catch (error) {
      refusals.push({
        place: socketPath,
        reason: error instanceof Error && 'code' in error ? String(error.code) : String(error),
        isChosen,
      });
    }
  }
  return { refusals, isInstalled };
}

async function places({ run, env }: EngineProbe): Promise<Set<string>> {
  if (env['DOCKER_HOST']) return new Set([env['DOCKER_HOST']]);
  const context = await run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'], { timeout: 5000 });
  const usual = [
    '/var/run/docker.sock',
    join(env['XDG_RUNTIME_DIR'] ?? '/nonexistent', 'docker.sock'),
    join(homedir(), '.docker/run/docker.sock'),
  ];
  const chosen = context.code === 0 ? [context.stdout.trim()].filter(Boolean) : [];
  return new Set([...chosen, ...usual.map((path) => `unix://${path}`)]);
}

const realProbe: EngineProbe = {
  run: runCommand,
  env: process.env,
  exists: existsSync,
  hasProgram: (name) =>
    [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'].some((folder) => existsSync(`${folder}/${name}`)),
  group: (socketPath) => statSync(socketPath).gid,
  version: (socketPath) =>
    new Promise((settle, refuse) => {
      const asking = request({ socketPath, path: '/version', timeout: 5000 }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.on('end', () => {
          try {
            settle(JSON.parse(text) as { Version: string; ApiVersion: string });
          } catch (error) {
            refuse(error);
          }
        });
      });
      asking.on('timeout', () => asking.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })));
      asking.on('error', refuse).end();
    }),
};
