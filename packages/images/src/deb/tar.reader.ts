import { extract } from 'tar-stream';

/** One entry of a tar; paths are relative, without leading "./" or trailing slash. */
export interface TarEntry {
  path: string;
  type: 'file' | 'directory' | 'symlink' | 'link';
  mode: number;
  uid: number;
  gid: number;
  /** Of a symlink as written; of a hard link the path of the other entry. */
  target: string;
  data: Buffer;
}

/** All entries of a tar in memory, in order. Device nodes and other special files are refused by the caller's type: they never appear. */
export async function readTar(bytes: Buffer): Promise<TarEntry[]> {
  const entries: TarEntry[] = [];
  const parser = extract();
  parser.end(bytes);
  for await (const entry of parser) {
    const { header } = entry;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const type = header.type === 'contiguous-file' ? 'file' : header.type;
    if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'link') continue;
    const target = header.linkname ?? '';
    entries.push({
      path: relative(header.name),
      type,
      mode: header.mode ?? 0o644,
      uid: header.uid ?? 0,
      gid: header.gid ?? 0,
      target: type === 'link' ? relative(target) : target,
      data: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
    });
  }
  return entries;
}

function relative(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}
