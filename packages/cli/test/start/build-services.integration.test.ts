import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { buildServices } from '../../src/start/build-services.ts';
import { reportError } from '../../src/ui/report.ts';

describe('services that are built in a thread', () => {
  let sourceDir: string;
  beforeEach(() => {
    sourceDir = mkdtempSync(join(tmpdir(), 'seaworthy-services-'));
    for (const app of ['one', 'other']) {
      mkdirSync(join(sourceDir, 'apps', app), { recursive: true });
      writeFileSync(join(sourceDir, 'apps', app, 'service.yaml'), 'name: [\n');
    }
  });
  afterEach(() => rmSync(sourceDir, { recursive: true }));

  it('tell a person what is wrong with the first that cannot be built, and no further one is begun', async () => {
    const begun: string[] = [];
    const building = buildServices({ sourceDir, sharedDir: join(sourceDir, 'shared'), aside: true }, Promise.resolve(), (name) =>
      begun.push(name),
    );
    const error: unknown = await building.catch((reason: unknown) => reason);
    const said: string[] = [];
    expect(reportError(error, { stream: { write: (text) => said.push(text) }, verbose: false })).toBe(1);
    expect(said.join('')).toMatch(/^\n✗ POLICY_FILE_MALFORMED\n {2}\S*apps\/one\/service\.yaml: /);
    expect(begun).toEqual(['one']);
  });
});
