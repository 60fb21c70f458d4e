import { gzipSync } from 'node:zlib';

/** RFC 1952, "OS (Operating System)". */
const OPERATING_SYSTEM = 9;

/** The same bytes for the same content, on whatever machine. */
export function sameGzip(content: Uint8Array | string): Buffer {
  // a higher level takes four times as long for one per cent
  const bytes = gzipSync(content, { level: 6 });
  // it names the system that compressed; ours is always "unknown"
  bytes[OPERATING_SYSTEM] = 0xff;
  return bytes;
}
