import { VERDICT_LIFE } from '@seaworthy/contracts';
import { hasEnded } from '@seaworthy/policy/change';
import { exceptionsOf } from '../host/dated-exceptions.ts';
import { REPOSITORY } from '../host/paths.ts';
import type { Instance } from '../instance.ts';
import type { Host } from './prepare-host.ts';
import { readState } from './state.ts';
import type { PlatformState } from './state.ts';

/** What the last start left, unless its images are gone from the engine or its verdicts do not count any more. */
export async function lastState(instance: Instance, host: Host): Promise<PlatformState | undefined> {
  const state = readState(instance);
  if (state === undefined || ageOf(state) > VERDICT_LIFE.maxAgeSeconds * 1000) return undefined;
  return (await hasImages(host, state)) ? state : undefined;
}

/** Otherwise its verdicts want to be renewed. */
export function isFresh(state: PlatformState): boolean {
  return ageOf(state) <= VERDICT_LIFE.renewAfterSeconds * 1000;
}

function ageOf({ verifiedAt }: PlatformState): number {
  return Date.now() - Date.parse(verifiedAt);
}

/**
 * A control plane judges by the policies of its own commit. Once an exception among them has ended, it refuses every commit that needs it, also the
 * one that gives it a later day.
 */
export async function canJudge({ commit }: Pick<PlatformState, 'commit'>, root = REPOSITORY, now = new Date()): Promise<boolean> {
  return (await exceptionsOf(root, commit)).every((exception) => !hasEnded(exception, now));
}

async function hasImages({ docker }: Host, { imageIds }: PlatformState): Promise<boolean> {
  const found = await Promise.all(
    Object.values(imageIds).map(async (id) =>
      docker
        .getImage(id)
        .inspect()
        .then(
          () => true,
          () => false,
        ),
    ),
  );
  return found.every(Boolean);
}
