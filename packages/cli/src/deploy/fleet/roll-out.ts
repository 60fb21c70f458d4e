import { randomUUID } from 'node:crypto';
import type { Desired, DesiredService } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { replaceFile } from '../../engine/volumes.ts';
import type { Instance } from '../../instance.ts';
import type { PlatformAccess } from '../../platform/access.ts';
import { readServices } from '../../platform/fleet.ts';
import { removeReplicas } from '../../remove/remove-objects.ts';
import { awaitRolledOut, notReady } from './await-rolled-out.ts';
import { keepRolledOut, readRolledOut } from './fleet-record.ts';

export interface RollOut {
  readonly docker: Docker;
  readonly instance: Instance;
  readonly access: PlatformAccess;
  readonly carrierImage: string;
  readonly onProgress: (text: string) => void;
}

/**
 * Writes down what is wanted, where the fleet and the engine filter read it, and waits until the fleet says what came of it. What is rolled
 * back stays rolled back: the fleet is told that what ran before is wanted again.
 *
 * `others`: what becomes of services that run and are not among the wanted. They are dropped, with their replicas, only when all that is
 * wanted has been rolled out: what goes on running otherwise may need them.
 * @throws UserError when a service does not get ready
 */
export async function rollOut(
  context: RollOut,
  wanted: Record<string, Omit<DesiredService, 'previous'>>,
  others: 'kept' | 'dropped',
): Promise<void> {
  const { docker, instance, access, onProgress } = context;
  const before = readRolledOut(instance)?.services ?? {};
  const deploy = randomUUID();
  await writeDesired(context, { project: instance.project, deploy, services: { ...before, ...withPrevious(wanted, before) } });
  const revisions = Object.fromEntries(Object.entries(wanted).map(([name, { current }]) => [name, current.id]));
  const failed = await awaitRolledOut(revisions, { deploy, read: async () => readServices(access), onProgress });
  const names = new Set(failed.map(({ service }) => service));
  const lasting = Object.fromEntries(
    Object.entries(wanted).map(([name, service]) => [name, names.has(name) ? (before[name] ?? service) : service]),
  );
  const areDropped = others === 'dropped' && failed.length === 0;
  await settle(context, deploy, { ...(areDropped ? {} : before), ...lasting }, (name) => !names.has(name) || name in before);
  if (failed.length > 0) throw notReady(failed);
  // the fleet does not know them any more, and the filter would not let it make another
  if (areDropped) await removeReplicas(docker, instance.project, Object.keys(wanted));
}

/** What came of it is what is wanted from now on, with nothing to go back to. */
async function settle(context: RollOut, deploy: string, lasting: Desired['services'], wasReady: (name: string) => boolean): Promise<void> {
  const services = Object.fromEntries(Object.entries(lasting).map(([name, { scale, current }]) => [name, { scale, current }]));
  const { project } = context.instance;
  await writeDesired(context, { project, deploy, services });
  keepRolledOut(context.instance, {
    project,
    services: Object.fromEntries(Object.entries(services).filter(([name]) => wasReady(name))),
  });
}

function withPrevious(wanted: Record<string, Omit<DesiredService, 'previous'>>, before: Desired['services']): Desired['services'] {
  return Object.fromEntries(
    Object.entries(wanted).map(([name, service]) => {
      const previous = before[name]?.current;
      return [name, previous === undefined || previous.id === service.current.id ? service : { ...service, previous }];
    }),
  );
}

async function writeDesired(
  { docker, instance, carrierImage }: Pick<RollOut, 'docker' | 'instance' | 'carrierImage'>,
  desired: Desired,
): Promise<void> {
  // half of it would count for nothing: the filter would let the fleet do nothing until the next deploy
  await replaceFile(docker, instance, carrierImage, { volume: 'fleet-desired', path: 'desired.json', content: JSON.stringify(desired) });
}
