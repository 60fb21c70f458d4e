import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineCompose, findCompose } from '../../src/host/compose/compose.ts';
import { linkPlugin } from '../../src/host/compose/ensure-compose.ts';
import { answers } from './answers.ts';

describe('findCompose', () => {
  const none = '/nonexistent';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-compose-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('prefers the plugin of the user', async () => {
    const run = answers({ 'docker compose version': { stdout: '2.40.1\n' }, 'docker-compose version': { stdout: '2.26.1\n' } });
    await expect(findCompose(run, none, none)).resolves.toEqual({ command: ['docker', 'compose'], version: '2.40.1' });
  });

  it('goes on with the one that it fetched before', async () => {
    const own = join(folder, 'docker-compose');
    writeFileSync(own, '');
    const run = answers({ [`${own} version`]: { stdout: '2.26.1' }, 'docker compose version': { stdout: '2.40.1' } });
    await expect(findCompose(run, own, none)).resolves.toEqual({ command: [own], version: '2.26.1' });
  });

  it('does not count on what vanishes when another clone is cleaned', async () => {
    const [plugin, theirs] = [join(folder, 'plugin'), join(folder, 'theirs/.seaworthy/bin/docker-compose')];
    mkdirSync(join(folder, 'theirs/.seaworthy/bin'), { recursive: true });
    writeFileSync(theirs, '');
    symlinkSync(theirs, plugin);
    const run = answers({ 'docker compose version': { stdout: '2.40.1' } });
    await expect(findCompose(run, none, plugin)).resolves.toBeUndefined();
  });

  it.each(['1.29.2', '2.19.1', ''])('does not take %p', async (stdout) => {
    const run = answers({ 'docker-compose version': { stdout } });
    const found = await findCompose(run, none, none);
    expect(found).toBeUndefined();
    expect(examineCompose(found)).toMatchObject({ level: 'warning' });
  });

  it('takes v5, and versions with a v', async () => {
    const run = answers({ 'docker-compose version': { stdout: 'v5.0.1' } });
    await expect(findCompose(run, none, none)).resolves.toMatchObject({ version: '5.0.1' });
  });
});

describe('linkPlugin', () => {
  it('says what to type instead when the user’s folder cannot be written, and fails nothing', () => {
    expect(linkPlugin('/dev/null/cli-plugins/docker-compose')).toMatch(
      /docker compose is not made to work here .*\.seaworthy\/bin\/docker-compose ps/,
    );
  });
});
