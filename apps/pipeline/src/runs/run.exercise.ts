import { z } from 'zod';
import { candidateOf, declaredService } from '../exercise/candidate.ts';
import type { DeclaredService } from '../exercise/candidate.ts';
import { reasonNotAlone } from '../exercise/exercise.declaration.ts';
import type { NotAlone } from '../exercise/exercise.declaration.ts';
import { exerciseCandidate, exerciseRefusal } from '../exercise/exercise.runner.ts';
import type { ExerciseOptions } from '../exercise/exercise.runner.ts';
import { Stand } from '../exercise/stand.ts';
import type { StandOptions } from '../exercise/stand.ts';
import { allOf } from '../jobs/all-of.ts';
import { JobError } from '../jobs/job.error.ts';
import type { JobResult } from '../jobs/job.runner.ts';
import type { BuiltImage } from '../publish/built.image.ts';
import type { Publisher } from '../publish/publisher.ts';
import type { Source } from '../source/source.archive.ts';

export interface RunExercise extends ExerciseOptions {
  readonly source: Source;
  readonly images: readonly BuiltImage[];
  readonly publisher: Publisher;
  readonly notAlone: NotAlone;
  /** the stand of one of them that was set up before they were built */
  readonly begun?: BegunStand | undefined;
}

export interface BegunStand {
  readonly service: string;
  readonly stand: Promise<Stand>;
}

/** Each has a network, and a machine has few cores. */
const AT_ONCE = 2;
const Checks = z.object({ checks: z.array(z.object({ name: z.string() })) });
const Exercised = z.object({ services: z.record(z.string(), z.array(z.string())) });

/**
 * Sets up the stand of the first service that needs stores, which start while it is being built. Of one alone: after a change it is the only
 * one, mostly, and where all are exercised a machine is busy anyway. Whoever begins it ends it ({@link endStand}).
 */
export function beginStand(
  options: StandOptions & Pick<RunExercise, 'source' | 'notAlone'>,
  planned: readonly string[],
): BegunStand | undefined {
  const found = planned
    .filter((name) => reasonNotAlone(options.notAlone, name) === undefined)
    .map((name) => declared(options.source, name))
    .find((service) => service !== undefined && service.card.ports.length > 0 && Object.keys(service.card.needs).length > 0);
  if (found === undefined) return undefined;
  // those that are exercised at once have the subnets before
  const stand = Stand.set(options, found, AT_ONCE);
  stand.catch(() => undefined); // whoever exercises the service is told
  return { service: found.card.name, stand };
}

/** Also when nobody came to use it, or it could not be set up. */
export async function endStand(begun: BegunStand | undefined): Promise<void> {
  const stand = await begun?.stand.catch(() => undefined);
  await stand?.dispose();
}

/** Undefined where the commit says it wrongly: others tell what is wrong. */
function declared(source: Source, name: string): DeclaredService | undefined {
  try {
    return declaredService(source, name);
  } catch {
    return undefined;
  }
}

/**
 * Exercises every image that is not released as it is; one that is, was. What it found out is evidence for that image alone, and the
 * gatekeeper asks for it: an image that nobody has exercised is not promoted.
 * @throws JobError JOB_FAILED with every finding
 */
export async function exerciseImages(exercise: RunExercise): Promise<JobResult & { skipped: boolean }> {
  const { images, publisher } = exercise;
  const released = await Promise.all(images.map((image) => publisher.isReleased(image)));
  const waiting = images.filter((_image, at) => !released[at]).values();
  const results = new Map<string, JobResult>();
  const work = async (slot: number): Promise<void> => {
    for (const image of waiting) {
      exercise.signal.throwIfAborted();
      results.set(image.name, await exerciseOne(exercise, image, slot));
    }
  };
  await allOf([...Array(AT_ONCE).keys()], work);
  const failed = [...results].filter(([, { outcome }]) => outcome === 'failed');
  if (failed.length > 0) {
    const message = [`failed: ${failed.map(([name]) => name).join(', ')}`, ...failed.flatMap(([, { problems }]) => problems)];
    throw new JobError({ code: 'JOB_FAILED', message: message.join('\n').slice(0, 4000) });
  }
  const services = Object.fromEntries(
    [...results].map(([name, { facts }]) => [name, ['exercise', ...Checks.parse(facts).checks.map((one) => one.name)]]),
  );
  const summary = results.size === 0 ? 'every image is released as it is' : [...results.values()].map((one) => one.summary).join('; ');
  return { outcome: 'passed', summary: summary.slice(0, 2000), problems: [], facts: { services }, skipped: results.size === 0 };
}

/** What was found out about one service; nothing, when it was not exercised in this run. */
export function exerciseOf(result: JobResult | undefined, service: string): string[] {
  const services = Exercised.safeParse(result?.facts).data?.services ?? {};
  return Object.hasOwn(services, service) ? (services[service] ?? []) : [];
}

async function exerciseOne(exercise: RunExercise, image: BuiltImage, slot: number): Promise<JobResult> {
  const candidate = candidateOf(exercise.source, image);
  const { name, ports } = candidate.card;
  if (ports.length === 0) {
    const facts = { checks: [{ name: 'exercise: not started, it listens on no port' }] };
    return { outcome: 'passed', summary: `${name}: listens on no port`, problems: [], facts };
  }
  const reason = reasonNotAlone(exercise.notAlone, name);
  if (reason !== undefined) return exerciseRefusal(exercise, candidate, reason);
  return exerciseCandidate(exercise, candidate, slot, exercise.begun?.service === name ? await exercise.begun.stand : undefined);
}
