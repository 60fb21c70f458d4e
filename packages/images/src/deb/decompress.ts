import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gunzip, zstdDecompress } from 'node:zlib';
import xz from 'xz-decompress';

/** Of what zlib hands over at a time. With its own 16 KiB, the binary of Node takes twice as long: each piece is a turn of its own. */
const CHUNK = 1024 * 1024;

/** Decompresses by the name's ending: .xz (WebAssembly: no tool of the host is needed), .gz, .zst, or not at all. */
export async function decompress(bytes: Buffer, name: string): Promise<Buffer> {
  if (name.endsWith('.xz')) return decompressXz(bytes);
  if (name.endsWith('.gz')) return promisify(gunzip)(bytes, { chunkSize: CHUNK });
  if (name.endsWith('.zst')) return promisify(zstdDecompress)(bytes, { chunkSize: CHUNK });
  return bytes;
}

async function decompressXz(bytes: Buffer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of new xz.XzReadableStream(Readable.toWeb(Readable.from([bytes])) as ReadableStream<Uint8Array>))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
