import { describe, expect, it } from '@jest/globals';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { readUntrustedTar, writeTar } from '../src/jobs/tar.rules.ts';

const LIMITS = { entries: 10, bytes: 1000 };
/** two blocks of zeros */
const END_OF_ARCHIVE = 1024;

async function read(entries: readonly (Partial<Header> & { name: string; content?: string })[], limits = LIMITS): Promise<string[]> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry({ ...header }, content);
  tar.finalize();
  const paths: string[] = [];
  for await (const { path } of readUntrustedTar(Readable.from([await buffer(tar)]), limits)) paths.push(path);
  return paths;
}

describe('an archive that a job has made', () => {
  it('gives its files', async () => {
    expect(await read([{ name: 'out/', type: 'directory' }, { name: 'out/a', content: 'a' }, { name: './out/b' }])).toEqual([
      'out/a',
      'out/b',
    ]);
  });
  it.each<[string, Partial<Header> & { name: string }]>([
    ['a symbolic link', { name: 'a', type: 'symlink', linkname: '/etc/passwd' }],
    ['a link to a sibling', { name: 'a', type: 'symlink', linkname: 'b' }],
    ['a hard link', { name: 'a', type: 'link', linkname: '/etc/passwd' }],
    ['a device', { name: 'a', type: 'character-device', devmajor: 1, devminor: 1 }],
    ['a block device', { name: 'a', type: 'block-device', devmajor: 8, devminor: 0 }],
    ['a pipe', { name: 'a', type: 'fifo' }],
    ['an absolute path', { name: '/etc/passwd' }],
    ['traversal', { name: '../a' }],
    ['traversal in the middle', { name: 'out/../../a' }],
    ['traversal in a folder', { name: 'out/../', type: 'directory' }],
    ['an empty segment', { name: 'out//a' }],
    ['a backslash', { name: 'out\\..\\a' }],
  ])('is refused for %s', async (_what, entry) => {
    await expect(read([entry])).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
  it('is refused for a path that comes twice', async () => {
    await expect(read([{ name: 'a' }, { name: './a' }])).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
  it('is refused for more files or bytes than allowed', async () => {
    await expect(read(Array.from({ length: 11 }, (_, at) => ({ name: `f${at}` })))).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    await expect(
      read([
        { name: 'a', content: 'x'.repeat(600) },
        { name: 'b', content: 'x'.repeat(600) },
      ]),
    ).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
  it('is not read to its end when it is far too long', async () => {
    const endless = Readable.from(
      (async function* zeros() {
        for (;;) yield Buffer.alloc(65_536);
      })(),
    );
    const reading = async (): Promise<void> => {
      for await (const entry of readUntrustedTar(endless, LIMITS)) expect(entry).toBeUndefined();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
  });
});

describe('who sends an archive', () => {
  /** One that has sent some entries, and waits for its reader; an engine holds what it reads from locked for as long. */
  const sending = async (...names: readonly string[]): Promise<PassThrough> => {
    const tar = pack();
    for (const name of names) tar.entry({ name }, 'x');
    tar.finalize();
    const archive = new PassThrough();
    archive.write((await buffer(tar)).subarray(0, -END_OF_ARCHIVE));
    return archive;
  };

  it('is told that nobody reads on, when it is refused', async () => {
    const archive = await sending('a', '../b');
    const reading = async (): Promise<void> => {
      for await (const { path } of readUntrustedTar(archive, LIMITS)) expect(path).toBe('a');
    };
    await expect(reading()).rejects.toMatchObject({ code: 'OUTPUT_REFUSED' });
    expect(archive.destroyed).toBe(true);
  });
  it('is told that nobody reads on, when what was wanted has come', async () => {
    const archive = await sending('a', 'b');
    for await (const { path } of readUntrustedTar(archive, LIMITS)) {
      expect(path).toBe('a');
      break;
    }
    expect(archive.destroyed).toBe(true);
  });
});

describe('an archive that the control plane makes', () => {
  it('belongs to the user of the jobs, with its folders', async () => {
    const bytes = await buffer(writeTar(({ file }) => file('a/b/c.txt', 'x', true)));
    const paths: string[] = [];
    for await (const { path, executable } of readUntrustedTar(Readable.from([bytes]), LIMITS)) paths.push(`${path} ${executable}`);
    expect(paths).toEqual(['a/b/c.txt true']);
    expect(bytes.toString('latin1')).toContain('a/b/');
  });
});
