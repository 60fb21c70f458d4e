import { findMirrors } from '@seaworthy/images';
import { mainInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { examineCloneEnvironment } from './clone-environment.ts';
import { examineCompose, findCompose } from './compose/compose.ts';
import { findEngine, type Engine } from './engine/engine.ts';
import { examineEngine } from './engine/engine.findings.ts';
import { examineArchive } from './findings/archive.ts';
import { examineDisk, examineMemory } from './findings/capacity.ts';
import { examineCertificates } from './findings/certificates.ts';
import { examineClock } from './findings/clock.ts';
import { examineExceptions } from './findings/exceptions.ts';
import type { Finding } from './findings/finding.ts';
import { examineForeignData } from './findings/foreign-data.ts';
import { examineNames } from './findings/names.ts';
import { examinePorts } from './findings/ports.ts';
import { examineRegistryLogin } from './findings/registry-login.ts';
import { examineRepository } from './findings/repository.ts';
import { examineLeftovers } from './findings/leftovers.ts';
import { REPOSITORY, STATE_DIR } from './paths.ts';
import { engineFolder, listContainers, listOtherNetworks, listVolumeLabels } from './platform-objects.ts';
import { userNetwork } from './user-network.ts';
import { examineWritable } from './writable.ts';

/** Everything that a start needs of this machine and of this clone, but for engine and compose, which a start can make itself. */
export async function examineHost(): Promise<Finding[]> {
  const { engine } = await findEngine();
  const instance = mainInstance(REPOSITORY);
  const { npmRegistry } = userNetwork();
  const containers = engine ? await listContainers(engine, instance.project) : [];
  const own = containers.flatMap(({ ports }) => ports);
  const groups = await Promise.all([
    examineRepository(REPOSITORY),
    examineExceptions(REPOSITORY),
    examineDisk([STATE_DIR, (engine && (await engineFolder(engine))) ?? '/var/lib']),
    examineMemory().then((finding) => [finding]),
    examinePorts({ ...instance.ports }, own),
    examineArchive(),
    timeServers(npmRegistry).then((urls) => examineClock(urls)),
    examineRegistryLogin(npmRegistry),
    examineLeftovers(containers, STATE_DIR),
  ]);
  return [...groups.flat(), examineWritable(STATE_DIR), examineCloneEnvironment(REPOSITORY)];
}

/** What lies on the engine already, and could be in the way. An engine that was down shows it only once it runs. */
export async function examineEngineContent(engine: Engine, instance: Instance): Promise<Finding[]> {
  const [volumes, networks] = await Promise.all([listVolumeLabels(engine, instance.project), listOtherNetworks(engine, instance.project)]);
  return [...examineNames(instance, networks), examineForeignData(instance, volumes)];
}

/** The look of `npm run doctor`: all of it, what would be made, and what a start would renew. */
export async function examineEverything(): Promise<Finding[]> {
  const [host, search, compose] = await Promise.all([examineHost(), findEngine(), findCompose()]);
  const content = search.engine ? await examineEngineContent(search.engine, mainInstance(REPOSITORY)) : [];
  return [examineNode(), examineEngine(search), examineCompose(compose), ...host, ...examineCertificates(STATE_DIR), ...content];
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
async function timeServers(npmRegistry: string): Promise<string[]> {
  const mirror = await findMirrors().catch(() => undefined);
  return [npmRegistry, ...(mirror && URL.canParse(mirror.debian) ? [mirror.debian] : [])];
}
