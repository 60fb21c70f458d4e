import { isOciError } from '@seaworthy/oci';
import type { Drill } from '../../drill.ts';
import { writesSince } from '../access-log.ts';
import { pushAttackImage } from '../attack-image.ts';

/** A tag that nothing runs, in the very repository that catalog is deployed from. */
const REPOSITORY = 'release/catalog';
const TAG = 'drill-push-without-right';

export const drill: Drill = {
  title: 'A developer pushes straight to release/',
  practices: ['3.1', '5.7', '5.8'],
  attack: 'A developer, signed in with his own valid token, pushes an image of his own next to the released ones.',
  control: "The registry's door gives a token for writing to release/ to the gatekeeper alone.",
  refusals: ['DENIED'],
  async run(platform) {
    const since = Date.now();
    try {
      const image = await pushAttackImage(platform.registry(platform.developer), platform.layoutDir('node'), {
        repository: REPOSITORY,
        tag: TAG,
      });
      const reason = `${REPOSITORY}:${TAG} now is the developer's ${image.descriptor.digest}`;
      // where the log tells nothing of this, that it tells of no write means nothing either
      const logged = await writesSince(platform, REPOSITORY, since);
      return { kind: 'succeeded', reason, withheld: logged > 0 ? [] : ['a line about it in the log'] };
    } catch (error) {
      if (!isOciError(error, 'DENIED')) throw error;
      const written = await writesSince(platform, REPOSITORY, since);
      if (written > 0)
        return { kind: 'succeeded', reason: `refused, but only after ${written} writes`, withheld: [`${REPOSITORY}:${TAG}`] };
      return { kind: 'refused', code: error.code, reason: error.message, facts: { 'writes accepted': 0 } };
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose table of rights lets people push to release/',
    services: ['identity', 'registry', 'registry-gate'],
    overlay: 'overlay.yaml',
  },
};
