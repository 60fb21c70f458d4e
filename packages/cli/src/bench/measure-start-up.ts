import { OWNER_LABEL } from '@seaworthy/contracts';
import { SCALED } from '@seaworthy/drills';
import type Docker from 'dockerode';
import { setTimeout as sleep } from 'node:timers/promises';
import { runOnce, unframe } from '../engine/run-once.ts';
import { interrupted } from '../host/interrupt.ts';
import type { Instance } from '../instance.ts';
import type { Figure } from './figures.ts';

const PATIENCE_MS = 60_000;
const POLL_MS = 50;

/**
 * How long the engine and Node take to run anything, and how much a replica adds until it is ready: with its certificate, and with its stores.
 * Both are read from what the process says, by the same clock, so that no polling is measured.
 */
export async function measureStartUp(docker: Docker, instance: Instance, nodeImage: string, runs: number): Promise<Figure[]> {
  const bare: number[] = [];
  const replicas = SCALED.map((service) => ({ service, values: [] as number[] }));
  // it would put another in the place of the replica that is stopped here
  const goOn = await stopFleet(docker, instance);
  try {
    for (let run = 0; run < runs; run += 1) {
      interrupted.throwIfAborted();
      bare.push(await startBareNode(docker, instance, nodeImage));
      for (const { service, values } of replicas) values.push(await restartReplica(docker, instance, service));
    }
  } finally {
    await goOn();
  }
  return [
    { id: 'node', title: 'container with bare node: start to first line', unit: 'ms', values: bare },
    ...replicas.flatMap(({ service, values }): Figure[] => [
      { id: `replica-${service}`, title: `replica of ${service}: start to ready, enrolled, with its stores`, unit: 'ms', values },
      {
        id: `start-${service}`,
        title: `the same, by the start of bare node: ${service}`,
        unit: 'ratio',
        values: values.map((value, run) => value / (bare[run] ?? Number.NaN)),
        target: 5,
      },
    ]),
  ];
}

/** Returns how to start it again. */
async function stopFleet(docker: Docker, instance: Instance): Promise<() => Promise<void>> {
  const label = [`${OWNER_LABEL}=${instance.project}`, 'com.docker.compose.service=fleet'];
  const found = (await docker.listContainers({ filters: { label } })).map(({ Id }) => docker.getContainer(Id));
  for (const container of found) await container.stop();
  return async () => {
    for (const container of found) await container.start();
  };
}

async function startBareNode(docker: Docker, instance: Instance, image: string): Promise<number> {
  const entrypoint = ['/usr/bin/node', '--eval', 'console.log(Date.now())'];
  const started: number[] = [];
  const { output } = await runOnce(docker, instance, { image, entrypoint, onStart: () => started.push(Date.now()) });
  return Number(output.trim()) - (started[0] ?? Number.NaN);
}

async function replicaOf(docker: Docker, instance: Instance, service: string): Promise<string> {
  const label = [`${OWNER_LABEL}=${instance.project}`, `com.docker.compose.service=${service}`];
  const [found] = await docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error(`expected a running replica of ${service}, found none`);
  return found.Id;
}

async function restartReplica(docker: Docker, instance: Instance, service: string): Promise<number> {
  const container = docker.getContainer(await replicaOf(docker, instance, service));
  await container.stop();
  const started = Date.now();
  await container.start();
  for (const until = started + PATIENCE_MS; Date.now() < until; await sleep(POLL_MS)) {
    const lines = unframe(await container.logs({ stdout: true, stderr: true, since: Math.floor(started / 1000) })).split('\n');
    const said = lines.flatMap(readySince).find((time) => time >= started);
    if (said !== undefined) return said - started;
  }
  throw new Error(`expected a replica of ${service} to be ready within ${PATIENCE_MS / 1000} s of its start`);
}

function readySince(line: string): number[] {
  if (!line.includes('"msg":"ready"')) return [];
  const { time } = JSON.parse(line) as { time: string };
  return [Date.parse(time)];
}
