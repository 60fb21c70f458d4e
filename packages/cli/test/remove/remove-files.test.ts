import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OwnImages } from '@seaworthy/images';
import { cloneId, cloneLabels } from '../../src/engine/clone-labels.ts';
import { findOrphans } from '../../src/host/findings/foreign-data.ts';
import { writeCloneEnvironment } from '../../src/host/clone-environment.ts';
import { mainInstance, type Instance } from '../../src/instance.ts';
import { imagesOf, removeFiles } from '../../src/remove/remove-files.ts';

describe('the files of a clone', () => {
  let root: string;
  let instance: Instance;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    instance = mainInstance(root, {});
    for (const file of ['compose.yaml', '.turbo/log', 'coverage/index.html', '.seaworthy/keys/root.key']) write(file);
    writeCloneEnvironment(root, ['CATALOG_IMAGE=sha256:1']);
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const write = (file: string): void => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  };
  const bench = (): OwnImages => {
    write('.seaworthy/copies/bench/.seaworthy/lock');
    return new OwnImages({ sharedDir: join(root, '.seaworthy/copies/bench/.seaworthy') });
  };

  it('go, all that the project wrote, and nothing else', () => {
    new OwnImages(instance).add('sha256:a');
    expect(removeFiles(instance, true)).toBe(false);
    expect(readdirSync(root)).toEqual(['compose.yaml']);
  });

  it('go, but for a .env that somebody else wrote', () => {
    write('.env');
    removeFiles(instance, true);
    expect(readdirSync(root).toSorted()).toEqual(['.env', 'compose.yaml']);
  });

  it('name the images that a killed bench loaded, too', () => {
    new OwnImages(instance).add('sha256:a');
    bench().add('sha256:b');
    expect(imagesOf(instance)).toEqual(['sha256:a', 'sha256:b']);
  });

  describe('when no engine answered', () => {
    it('go, but for those by which the next clean finds what is in the engine', () => {
      cloneLabels(instance);
      new OwnImages(instance).add('sha256:a');
      bench().add('sha256:b');
      const id = cloneId(instance);
      expect(removeFiles(instance, false)).toBe(true);
      expect(readdirSync(root).toSorted()).toEqual(['.seaworthy', 'compose.yaml']);
      expect(readdirSync(join(root, '.seaworthy')).toSorted()).toEqual(['clone-id', 'loaded-images']);
      expect(cloneId(instance)).not.toBe(id);
      expect(imagesOf(instance)).toEqual(['sha256:a', 'sha256:b']);
    });

    it('leave data without keys, which the next start must not take for its own', () => {
      const data = [cloneLabels(instance)];
      expect(findOrphans(instance, data)).toMatchObject({ count: 0 });
      removeFiles(instance, false);
      expect(findOrphans(instance, data)).toEqual({ count: 1, owner: 'the folder .seaworthy of this clone', isOwn: true });
    });

    it('go all where nothing was ever made in one', () => {
      expect(removeFiles(instance, false)).toBe(false);
      expect(existsSync(join(root, '.seaworthy'))).toBe(false);
    });
  });
});
