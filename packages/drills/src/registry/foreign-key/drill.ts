import { RELEASE_TAG } from '@seaworthy/contracts';
import { attachBundle, generateSigningKeys } from '@seaworthy/supply-chain';
import type { Drill } from '../../drill.ts';
import { pushAttackImage } from '../attack-image.ts';
import { attemptDeploy } from '../attempt-deploy.ts';
import { passedVerdict } from '../verdict.ts';

const REPOSITORY = 'release/drill-foreign-key';
/** The attacker's own pair, the same for the attack and for the copy that has been made to trust it. */
const ATTACKER = generateSigningKeys();

export const drill: Drill = {
  title: 'An image that is signed by another key is deployed',
  practices: ['4.1', '4.6'],
  attack: 'Somebody who stole the registry password of the gatekeeper signs a perfect verdict about his own image, with a key of his own.',
  control: 'Deploy accepts a verdict only from the public key that trust.json names as the gatekeeper.',
  refusals: ['SIGNATURE_UNTRUSTED'],
  async run(platform) {
    const thief = platform.registry(platform.workload('gatekeeper'));
    const image = await pushAttackImage(thief, platform.layoutDir('node'), { repository: REPOSITORY, tag: RELEASE_TAG });
    const verdict = passedVerdict(REPOSITORY, image.descriptor.digest, ATTACKER.privateKey);
    await attachBundle(thief, REPOSITORY, image.descriptor, verdict);
    return attemptDeploy(platform, REPOSITORY, RELEASE_TAG, image);
  },
  withoutControl: {
    summary: "a copy of the platform whose trust.json names the attacker's key as the gatekeeper's",
    services: ['identity', 'registry', 'registry-gate'],
    trust: { gatekeeper: ATTACKER.publicKey },
  },
};
