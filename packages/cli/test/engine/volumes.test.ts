import { existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type Docker from 'dockerode';
import { extract } from 'tar-stream';
import { fillVolumes, replaceFile } from '../../src/engine/volumes.ts';
import { mainInstance } from '../../src/instance.ts';

describe('files of volumes', () => {
  let root: string;
  /** characters that a file may have until the disk is full */
  let room: number;

  const at = (path: string) => join(root, path);
  const volume = (path: string) => readFileSync(at(`volumes/wanted/${path}`), 'utf8');
  /** As engines do it: what is there goes first, then the new one is written in its place. */
  const docker = {
    createVolume: async () => undefined,
    createContainer: async () => ({
      putArchive: async (archive: Buffer) => {
        for await (const entry of Readable.from([archive]).pipe(extract())) {
          const { name, type, linkname } = entry.header;
          const content = await text(entry);
          if (type === 'directory') {
            mkdirSync(at(name), { recursive: true });
            continue;
          }
          rmSync(at(name), { force: true });
          if (type === 'link') linkSync(at(linkname), at(name));
          else writeFileSync(at(name), content.slice(0, room));
          if (content.length > room) throw new Error('no space left on device');
        }
      },
      remove: async () => undefined,
    }),
  } as unknown as Docker;
  const replace = async (content: string) =>
    replaceFile(docker, mainInstance(root, {}), 'node', { volume: 'wanted', path: 'wanted.json', content });

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'seaworthy-volumes-'));
    room = 100;
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are written where they belong', async () => {
    await fillVolumes(docker, mainInstance(root, {}), 'node', { wanted: { one: '1', two: '2' }, empty: {} });
    expect([volume('one'), volume('two'), existsSync(at('volumes/empty'))]).toEqual(['1', '2', true]);
  });

  it('are replaced, again and again', async () => {
    for (const content of ['first', 'second, longer', '3']) {
      await replace(content);
      expect(volume('wanted.json')).toBe(content);
    }
  });

  it('stay what they were when the disk is full, until there is room again', async () => {
    await replace('first');
    room = 3;
    await expect(replace('second')).rejects.toThrow('no space left');
    expect(volume('wanted.json')).toBe('first');
    room = 100;
    await replace('third');
    expect(volume('wanted.json')).toBe('third');
  });
});
