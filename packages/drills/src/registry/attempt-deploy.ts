import type { Outcome } from '../drill.ts';
import type { DrillPlatform } from '../platform.ts';
import { imageDownloads } from './access-log.ts';
import type { AttackImage } from './attack-image.ts';

/**
 * Deploys the attacker's image and says what came of it. All of it succeeded only if the attacker's program was seen to run; it was refused
 * only if the registry's own log shows that none of the image was downloaded.
 */
export async function attemptDeploy(platform: DrillPlatform, repository: string, reference: string, image: AttackImage): Promise<Outcome> {
  const since = Date.now();
  try {
    const replica = await platform.deploy(repository, reference);
    const { blobs } = await imageDownloads(platform, repository, image.blobs, since);
    const facts = { digest: replica.digest };
    const withheld = [
      ...(replica.output.includes(image.marker) ? [] : [`its own words, found: ${replica.output}`]),
      // where the log tells nothing of what was downloaded, that it tells of no blob means nothing either
      ...(blobs > 0 ? [] : ['a download in the log']),
    ];
    return { kind: 'succeeded', reason: `the attacker's program ran as ${replica.imageId.slice(0, 19)}`, withheld, facts };
  } catch (error) {
    const { code, message } = error as { code?: unknown; message: string };
    if (typeof code !== 'string') throw error;
    const downloads = await imageDownloads(platform, repository, image.blobs, since);
    if (downloads.blobs > 0)
      return {
        kind: 'succeeded',
        reason: `refused with ${code}, but only after ${downloads.blobs} blobs (${downloads.bytes} bytes) were downloaded`,
        withheld: ['to run'],
      };
    return { kind: 'refused', code, reason: message, facts: { 'blobs downloaded': 0, digest: image.descriptor.digest } };
  }
}
