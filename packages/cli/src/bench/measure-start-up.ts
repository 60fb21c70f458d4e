import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOnce, unframe } from '../engine/run-once.ts';
import { interrupted } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';
import type { Figure } from './figures.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/**
 * How long the engine and Node take to run anything, and how much a replica of catalog adds until it listens with its certificate.
 * Both are read from what the process says, by the same clock, so that no polling is measured.
 */
export async function measureStartUp(docker: Docker, instance: Instance, nodeImage: string, runs: number): Promise<Figure[]> {
  const bare: number[] = [];
  const replica: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    interrupted.throwIfAborted();
    bare.push(await startBareNode(docker, instance, nodeImage));
    replica.push(await restartReplica(docker, instance));
  }
  return [
    { id: 'node', title: 'container with bare node: start to first line', unit: 'ms', values: bare },
    { id: 'replica', title: 'replica of catalog: start to listening, enrolled', unit: 'ms', values: replica },
  ];
}

async function startBareNode(docker: Docker, instance: Instance, image: string): Promise<number> {
  const entrypoint = ['/usr/bin/node', '--eval', 'console.log(Date.now())'];
  const started: number[] = [];
  const { output } = await runOnce(docker, instance, { image, entrypoint, onStart: () => started.push(Date.now()) });
  return Number(output.trim()) - (started[0] ?? Number.NaN);
}

async function restartReplica(docker: Docker, instance: Instance): Promise<number> {
  const label = [`${OWNER_LABEL}=${instance.project}`, 'com.docker.compose.service=catalog'];
  const [found] = await docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error('expected a running replica of catalog, found none');
  const container = docker.getContainer(found.Id);
  await container.stop();
  const started = Date.now();
  await container.start();
  for (const until = started + PATIENCE_MS; Date.now() < until; await sleep(POLL_MS)) {
    const lines = unframe(await container.logs({ stdout: true, stderr: true, since: Math.floor(started / 1000) })).split('\n');
    const said = lines.flatMap(listeningSince).find((time) => time >= started);
    if (said !== undefined) return said - started;
  }
  throw new Error(`expected a replica of catalog to listen within ${PATIENCE_MS / 1000} s of its start`);
}

function listeningSince(line: string): number[] {
  if (!line.includes('"msg":"listening"')) return [];
  const { time } = JSON.parse(line) as { time: string };
  return [Date.parse(time)];
}
