import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Compose } from '../../src/engine/compose.ts';
import { mainInstance } from '../../src/instance.ts';

/** Stands where compose does, and says what it was given to run, and where. */
const TELLING = `
  const { readFileSync } = require('node:fs');
  const file = process.argv[process.argv.indexOf('--file') + 1];
  console.log(JSON.stringify({ declared: readFileSync(file, 'utf8'), folder: process.cwd() }));
`;

describe('Compose', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'compose-'));
    mkdirSync(join(root, '.seaworthy/source'), { recursive: true });
    writeFileSync(join(root, 'compose.yaml'), 'privileged: true');
    writeFileSync(join(root, '.seaworthy/source/compose.yaml'), 'read_only: true');
  });
  afterAll(() => rmSync(root, { recursive: true }));

  describe('when compose.yaml of the working tree is another than the commit’s', () => {
    it('runs the commit’s, and finds the profiles of system calls beside that', async () => {
      const compose = new Compose(mainInstance(root, {}), [process.execPath, '--eval', TELLING, '--']);
      expect(JSON.parse(await compose.run(['config']))).toEqual({ declared: 'read_only: true', folder: join(root, '.seaworthy/source') });
    });
  });
});
