import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const Exercise = z.strictObject({ version: z.literal(1), notAlone: z.record(z.string(), z.string().min(10, 'expected a reason')) });
/** By service, why it cannot be started alone. */
export type NotAlone = z.infer<typeof Exercise>['notAlone'];

/** Why a service cannot be started alone; undefined where it can. A name such as `constructor` is one that is not there, either. */
export function reasonNotAlone(notAlone: NotAlone, service: string): string | undefined {
  return Object.hasOwn(notAlone, service) ? notAlone[service] : undefined;
}

/** Reads pipelines/exercise.yaml. */
export function loadExercise(file: string): NotAlone {
  const result = Exercise.safeParse(parse(readFileSync(file, 'utf8')));
  if (result.success) return result.data.notAlone;
  throw new Error(`${file}: ${z.prettifyError(result.error)}`);
}
