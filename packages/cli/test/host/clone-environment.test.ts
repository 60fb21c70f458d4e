import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineCloneEnvironment, removeCloneEnvironment } from '../../src/host/clone-environment.ts';
import { mainInstance } from '../../src/instance.ts';
import { writeEnvironment } from '../../src/start/environment.ts';

const ENGINE = { socketPath: '/var/run/docker.sock', socketGroup: 0, version: '28.2.2', apiVersion: '1.50' };

describe('.env of the clone', () => {
  let clone: string;
  let file: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    file = join(clone, '.env');
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  const start = (catalog: string): void => writeEnvironment(mainInstance(clone, {}), { catalog }, ENGINE);

  it('is written by a start, written anew by the next, and removed', () => {
    start('sha256:1');
    start('sha256:2');
    expect(readFileSync(file, 'utf8')).toContain('CATALOG_IMAGE=sha256:2\n');
    expect(examineCloneEnvironment(clone).level).toBe('ok');
    removeCloneEnvironment(clone);
    expect(existsSync(file)).toBe(false);
  });

  it('is known by its first words, also as an earlier version wrote it', () => {
    writeFileSync(file, '# Written by npm start; each image was built here or verified before it was loaded.\nCATALOG_IMAGE=sha256:1\n');
    start('sha256:2');
    expect(readFileSync(file, 'utf8')).toContain('CATALOG_IMAGE=sha256:2\n');
  });

  describe.each(['EDITOR=vi\n', ''])('when the user has one of their own (%j)', (own) => {
    beforeEach(() => writeFileSync(file, own));

    it('stays as it is, and what it would have held is beside the keys', () => {
      start('sha256:1');
      removeCloneEnvironment(clone);
      expect(readFileSync(file, 'utf8')).toBe(own);
      expect(readFileSync(join(clone, '.seaworthy/compose.env'), 'utf8')).toContain('CATALOG_IMAGE=sha256:1\n');
    });

    it('is said before a start, with what compose needs then', () => {
      const remedy = expect.stringContaining('--env-file .seaworthy/compose.env');
      expect(examineCloneEnvironment(clone)).toMatchObject({ level: 'warning', remedy });
    });
  });
});
