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
    const [where, facts] = [replica.imageId.slice(0, 19), { digest: replica.digest }];
    if (replica.output.includes(image.marker)) return { kind: 'succeeded', reason: `the attacker's program ran as ${where}`, facts };
    return { kind: 'succeeded', reason: `deployed as ${where}`, withheld: [`its own words, found: ${replica.output}`], facts };
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
