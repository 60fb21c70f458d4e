import { hexOf } from '@seaworthy/oci';
import type { Digest } from '@seaworthy/oci';
import { attachBundle } from '@seaworthy/supply-chain';
import type { Drill } from '../../drill.ts';
import { pushAttackImage } from '../attack-image.ts';
import { attemptDeploy } from '../attempt-deploy.ts';
import { passedVerdict } from '../verdict.ts';
import { digestBlindAdmission } from './digest-blind-admission.ts';

const REPOSITORY = 'release/drill-altered-storage';

export const drill: Drill = {
  title: "An image is altered in the registry's storage after its promotion",
  practices: ['3.1', '4.6', '5.4'],
  attack: "Somebody with access to the registry's disk replaces the manifest of a promoted image by his own, under the old digest.",
  control: 'Whatever the registry sends is hashed before it is believed, and the verdict is about the digest.',
  refusals: ['DIGEST_MISMATCH'],
  async run(platform) {
    const gatekeeper = platform.registry(platform.workload('gatekeeper'));
    const promoted = await pushAttackImage(gatekeeper, platform.layoutDir('node'), { repository: REPOSITORY, tag: 'promoted' });
    const verdict = passedVerdict(REPOSITORY, promoted.descriptor.digest, platform.signingKey('gatekeeper'));
    await attachBundle(gatekeeper, REPOSITORY, promoted.descriptor, verdict);
    const attackers = await pushAttackImage(gatekeeper, platform.layoutDir('node'), { repository: REPOSITORY, tag: 'attack' });
    const [victim, intruder] = [blobPath(promoted.descriptor.digest), blobPath(attackers.descriptor.digest)];
    const alter = async (program: string): Promise<void> => platform.tamper('registry-data', '/registry', program);
    const restore = await platform.undoable(
      async () => alter(`fs.copyFileSync('${victim}', '${victim}.kept'); fs.copyFileSync('${intruder}', '${victim}')`),
      async () => alter(`fs.renameSync('${victim}.kept', '${victim}')`),
    );
    try {
      return await attemptDeploy(platform, REPOSITORY, 'promoted', attackers);
    } finally {
      await restore();
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose deploy verifies the verdict about a digest, and believes whatever manifest comes under it',
    services: ['identity', 'registry', 'registry-gate'],
    admission: digestBlindAdmission,
  },
};

/** Where CNCF distribution keeps a blob, manifests among them. */
function blobPath(digest: Digest): string {
  const hex = hexOf(digest);
  return `/registry/docker/registry/v2/blobs/sha256/${hex.slice(0, 2)}/${hex}/data`;
}
