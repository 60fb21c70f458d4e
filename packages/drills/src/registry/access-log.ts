import { randomUUID } from 'node:crypto';
import type { Digest } from '@seaworthy/oci';
import { awaitThat } from '../await-that.ts';
import type { DrillPlatform } from '../platform.ts';

/** How long a line may need from the door to who reads its log, in milliseconds. */
const LINE_MS = 10_000;

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
  const reads = (await doorLog(platform, repository, since)).filter(
    (line) => line['method'] === 'GET' && Number(line['status']) < 400 && own.has(line['reference']),
  );
  return { blobs: reads.length, bytes: reads.reduce((sum, line) => sum + Number(line['bytes'] ?? 0), 0) };
}

/** How often the door let somebody write to a repository since a moment. */
export async function writesSince(platform: DrillPlatform, repository: string, since: number): Promise<number> {
  const lines = await doorLog(platform, repository, since);
  return lines.filter((line) => ['POST', 'PUT', 'PATCH'].includes(String(line['method'])) && Number(line['status']) < 400).length;
}

/**
 * The door's lines about a repository since a moment. It is asked something itself, and the line about that is awaited: whatever was asked before is in
 * the log then as well, and a log that cannot be read is no log without downloads. @throws Error when that line does not come
 */
export async function doorLog(
  platform: Pick<DrillPlatform, 'registry' | 'logs'>,
  repository: string,
  since: number,
  patience = LINE_MS,
): Promise<Record<string, unknown>[]> {
  const reference = `drill-${randomUUID()}`;
  // nobody's question: it is refused, and logged
  await platform
    .registry()
    .resolve(repository, reference)
    .catch(() => undefined);
  let lines: Record<string, unknown>[] = [];
  const came = await awaitThat(async () => {
    lines = (await platform.logs('registry-gate', since)).filter((line) => line['repository'] === repository);
    return lines.some((line) => line['reference'] === reference);
  }, patience);
  if (came === undefined)
    throw new Error(
      `expected the log of the registry's door to tell of ${repository}:${reference}, which it was just asked for, found nothing of it in ${lines.length} lines`,
    );
  return lines;
}
