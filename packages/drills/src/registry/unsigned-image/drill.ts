import type { Drill } from '../../drill.ts';
import { pushAttackImage } from '../attack-image.ts';
import { attemptDeploy } from '../attempt-deploy.ts';
import { unverifiedAdmission } from '../unverified-admission.ts';

const REPOSITORY = 'release/drill-unsigned-image';
const TAG = 'attack';
/** The same each time: every `npm start` shows this attack, and nobody may delete what it leaves in the registry. */
const MARKER = 'attack-unsigned-image';

export const drill: Drill = {
  title: 'An unsigned image is deployed',
  practices: ['4.1', '4.6', '5.7'],
  attack:
    'Somebody who stole the registry password of the gatekeeper, but no key, puts an image of his own under release/ and has it deployed.',
  control: "Deploy asks for the gatekeeper's signed verdict about exactly this digest before it downloads any blob.",
  refusals: ['SIGNATURE_MISSING'],
  async run(platform) {
    const thief = platform.registry(platform.workload('gatekeeper'));
    const image = await pushAttackImage(thief, platform.layoutDir('node'), { repository: REPOSITORY, tag: TAG, marker: MARKER });
    return attemptDeploy(platform, REPOSITORY, TAG, image);
  },
  withoutControl: {
    summary: 'a copy of the platform whose deploy takes a tag at its word',
    services: ['identity', 'registry', 'registry-gate'],
    admission: unverifiedAdmission,
  },
};
