import { findMirrors } from '@seaworthy/images';
import { mainInstance } from '../instance.ts';
import { examineCompose, findCompose } from './compose/compose.ts';
import { findEngine } from './engine/engine.ts';
import { examineEngine } from './engine/engine.findings.ts';
import { examineDisk, examineMemory } from './findings/capacity.ts';
import { examineClock } from './findings/clock.ts';
import type { Finding } from './findings/finding.ts';
import { examineForeignData } from './findings/foreign-data.ts';
import { examineNames } from './findings/names.ts';
import { examinePorts } from './findings/ports.ts';
import { examineRepository } from './findings/repository.ts';
import { examineLeftovers } from './findings/leftovers.ts';
import { REPOSITORY, STATE_DIR } from './paths.ts';
import { listContainers, listOtherNetworks, listVolumeLabels } from './platform-objects.ts';
import { userNetwork } from './user-network.ts';

/** Everything that a start needs of this machine and of this clone, but for engine and compose, which a start can make itself. */
export async function examineHost(): Promise<Finding[]> {
  const { engine } = await findEngine();
  const instance = mainInstance(REPOSITORY);
  const containers = engine ? await listContainers(engine, instance.project) : [];
  const volumes = engine ? await listVolumeLabels(engine, instance.project) : [];
  const networks = engine ? await listOtherNetworks(engine, instance.project) : [];
  const own = containers.flatMap(({ ports }) => ports);
  const groups = await Promise.all([
    examineRepository(REPOSITORY),
    examineDisk([STATE_DIR, '/var/lib']),
    examineMemory().then((finding) => [finding]),
    examinePorts({ ...instance.ports }, own),
    timeServers().then((urls) => examineClock(urls)),
    examineLeftovers(containers, STATE_DIR),
  ]);
  return [...groups.flat(), ...examineNames(instance, networks), examineForeignData(instance, volumes)];
}

/** The look of `npm run doctor`: all of it, and what would be made. */
export async function examineEverything(): Promise<Finding[]> {
  const [host, engine, compose] = await Promise.all([examineHost(), findEngine(), findCompose()]);
  return [examineNode(), examineEngine(engine), examineCompose(compose), ...host];
}

function examineNode(): Finding {
  return {
    id: 'node',
    level: 'ok',
    expected: 'Node 24 or later, pinned by package-lock.json where it has a build',
    found: `${process.version} (${process.execPath})`,
  };
}

/** Whoever answers first tells the time: the user's npm registry, then the machine's own mirror. */
async function timeServers(): Promise<string[]> {
  const mirror = await findMirrors().catch(() => undefined);
  return [userNetwork().npmRegistry, ...(mirror ? [mirror.debian] : [])];
}
