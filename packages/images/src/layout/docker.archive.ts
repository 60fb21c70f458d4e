import type { Readable } from 'node:stream';
import { OciLayout, dockerArchiveOfLayout } from '@seaworthy/oci';

/** An image of a layout as `docker load` takes it (20.10 and later), and the id that the engine will give it: its config digest. */
export async function exportDockerArchive(layoutDir: string): Promise<{ archive: Readable; imageId: string }> {
  return dockerArchiveOfLayout(await OciLayout.open(layoutDir));
}
