import type { Readable } from 'node:stream';
import { OciLayout, dockerArchiveOfLayout } from '@seaworthy/oci';

/**
 * An image of a layout as `docker load` takes it (20.10 and later), and the id that the engine will give it: its config digest.
 * @param tags names that the engine is to give it; without any, it has its id alone
 */
export async function exportDockerArchive(layoutDir: string, tags: string[] = []): Promise<{ archive: Readable; imageId: string }> {
  return dockerArchiveOfLayout(await OciLayout.open(layoutDir), undefined, tags);
}
