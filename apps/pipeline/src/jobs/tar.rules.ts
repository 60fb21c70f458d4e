import { Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { extract, pack } from 'tar-stream';
import type { Header, Pack } from 'tar-stream';
import { JobError } from './job.error.ts';
import type { JobErrorCode } from './job.error.ts';

export const JOB_UID = 65532;

export interface TarLimits {
  readonly entries: number;
  readonly bytes: number;
}

export interface TarEntry {
  /** relative, without dot segments */
  readonly path: string;
  readonly content: Buffer;
  readonly executable: boolean;
}

/**
 * Reads the regular files of an archive that somebody untrusted made. Refuses what could leave the folder or surprise a reader:
 * links, devices, absolute paths, dot segments, a path twice, and more than the limits allow. Whatever comes of it, the archive is closed.
 */
export async function* readUntrustedTar(
  archive: Readable,
  limits: TarLimits,
  code: JobErrorCode = 'OUTPUT_REFUSED',
): AsyncGenerator<TarEntry> {
  const tar = extract();
  const seen = new Set<string>();
  let bytes = 0;
  const counted = archive.pipe(atMost(limits.bytes + limits.entries * 2048, code));
  counted.once('error', (error) => tar.destroy(error));
  archive.once('error', (error) => tar.destroy(error));
  counted.pipe(tar);
  try {
    for await (const entry of tar) {
      const { header } = entry;
      const path = safePath(header, code);
      if (header.type === 'directory') {
        entry.resume();
        continue;
      }
      if (header.type !== 'file')
        throw new JobError({ code, message: `expected files and folders only, found a ${header.type} at ${path}` });
      if (seen.has(path) || seen.size >= limits.entries)
        throw new JobError({ code, message: `expected at most ${limits.entries} files, each once; found ${path} beyond` });
      seen.add(path);
      bytes += header.size ?? 0;
      if (bytes > limits.bytes) throw new JobError({ code, message: `expected at most ${limits.bytes} bytes, found more at ${path}` });
      yield { path, content: await buffer(entry), executable: ((header.mode ?? 0) & 0o111) !== 0 };
    }
  } finally {
    // who sends it, an engine that holds a container locked for as long, waits for its reader
    archive.destroy();
  }
}

/** A new archive of files (and of links that we make ourselves), owned by the user of the jobs. */
export function writeTar(write: (add: TarWriter) => Promise<void> | void): Readable {
  const tar = pack();
  const made = new Set<string>();
  const writer: TarWriter = {
    file: (path, content, executable = false) => {
      addFolders(tar, path, made);
      tar.entry({ ...owner, name: path, mode: executable ? 0o755 : 0o644 }, content);
    },
    link: (path, target) => {
      addFolders(tar, path, made);
      tar.entry({ ...owner, name: path, type: 'symlink', linkname: target });
    },
  };
  Promise.resolve(write(writer)).then(
    () => tar.finalize(),
    (error: unknown) => tar.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(tar);
}

export interface TarWriter {
  readonly file: (path: string, content: Buffer | string, executable?: boolean) => void;
  readonly link: (path: string, target: string) => void;
}

/** Texts by their paths. */
export function textTar(files: Readonly<Record<string, string>>): Readable {
  return writeTar(({ file }) => {
    for (const [path, content] of Object.entries(files)) file(path, content);
  });
}

const owner = { uid: JOB_UID, gid: JOB_UID, mtime: new Date(0) };

function addFolders(tar: Pack, path: string, made: Set<string>): void {
  const parts = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const folder = parts.slice(0, depth).join('/');
    if (made.has(folder)) continue;
    made.add(folder);
    tar.entry({ ...owner, name: `${folder}/`, type: 'directory', mode: 0o755 });
  }
}

function safePath({ name }: Header, code: JobErrorCode): string {
  const path = name.replace(/\/$/, '').replace(/^\.\//, '');
  const segments = path.split('/');
  if (
    name.startsWith('/') ||
    name.includes('\0') ||
    name.includes('\\') ||
    segments.some((segment) => segment === '' || segment === '..' || (segment === '.' && path !== '.'))
  ) {
    throw new JobError({ code, message: `expected a relative path without dot segments, found ${JSON.stringify(name.slice(0, 200))}` });
  }
  return path;
}

function atMost(limit: number, code: JobErrorCode): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) done(new JobError({ code, message: `expected at most ${limit} bytes in an archive, found more` }));
      else done(null, chunk);
    },
  });
}
