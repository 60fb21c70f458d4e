import { allOf } from '../jobs/all-of.ts';
import type { BuiltImage } from '../publish/built.image.ts';
import type { Publisher, RunEvidence } from '../publish/publisher.ts';
import type { RunPlan } from './run.plan.ts';
import type { RunRecorder } from './run.recorder.ts';
import type { ImageOutcome } from './run.ts';

interface Publication {
  readonly images: readonly BuiltImage[];
  readonly evidence: RunEvidence;
  readonly plan: Pick<RunPlan, 'unchanged'>;
}

/**
 * The last two stages of a run: images that are not released yet go to staging with their evidence, and the gatekeeper is asked about them once
 * all are there. @throws what the first of them met; nothing is asked then, and of a promotion that fails the others are not taken back
 */
export async function publishImages(
  publisher: Pick<Publisher, 'isReleased' | 'publish' | 'promote'>,
  recorder: RunRecorder,
  { images, evidence, plan }: Publication,
): Promise<ImageOutcome[]> {
  const { fresh, reused } = await recorder.stage('publish', async () => {
    const released = await Promise.all(images.map((image) => publisher.isReleased(image)));
    const changed = images.filter((_image, at) => !released[at]);
    await allOf(changed, async (image) => publisher.publish(image, evidence));
    const same = [...images.filter((_image, at) => released[at]), ...plan.unchanged];
    return {
      fresh: changed,
      reused: same,
      message: `${changed.length} new (${changed.map(({ name }) => name).join(', ') || 'none'}), ${same.length} released already`,
    };
  });
  const { outcomes } = await recorder.stage('gatekeeper', async () => {
    const promoted = await allOf(fresh, async (image) => publisher.promote(image, evidence.commit));
    return { outcomes: promoted, message: `promoted ${promoted.length}`, skipped: promoted.length === 0 };
  });
  const kept = reused.map(({ name, digest }) => ({ name, repository: `release/${name}`, digest, reused: true }));
  return [...outcomes, ...kept].toSorted((a, b) => a.name.localeCompare(b.name));
}
