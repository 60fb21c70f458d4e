import type { Digest } from '@seaworthy/oci';
import type { DrillPlatform } from '../platform.ts';

/** How often, and how much of, an image's own blobs (configuration and layers) the registry's door served since a moment. */
export interface Downloads {
  readonly blobs: number;
  readonly bytes: number;
}

/** Reads the door's access log, not the client's word. Evidence is small and is read before the verdict; it does not count. */
export async function imageDownloads(
  platform: DrillPlatform,
  repository: string,
  blobs: readonly Digest[],
  since: number,
): Promise<Downloads> {
  const own = new Set<unknown>(blobs);
  const reads = (await platform.logs('registry-gate', since)).filter(
    (line) => line['repository'] === repository && line['method'] === 'GET' && Number(line['status']) < 400 && own.has(line['reference']),
  );
  return { blobs: reads.length, bytes: reads.reduce((sum, line) => sum + Number(line['bytes'] ?? 0), 0) };
}
