import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Finding } from '../../src/host/findings/finding.ts';
import { REPOSITORY } from '../../src/host/paths.ts';

const NOWHERE = '/nonexistent/keyring.gpg';

describe('npm run doctor', () => {
  const doctor = (env: NodeJS.ProcessEnv, ...flags: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [join(REPOSITORY, 'packages/cli/bin/seaworthy.mjs'), 'doctor', ...flags], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  const findings = (stdout: string): Finding[] =>
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Finding);

  it('looks at everything that a start needs, and tells by its exit code whether that can work', () => {
    const { status, stdout } = doctor({}, '--json');
    const found = findings(stdout);
    expect(found.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['node', 'engine', 'compose', 'repository', 'memory', 'mirror', 'archive keys']),
    );
    expect(status).toBe(found.some(({ level }) => level === 'error') ? 1 : 0);
  });

  it('says before an engine is installed that there is nothing to verify its images with', () => {
    const { status, stdout } = doctor({ SEAWORTHY_DEBIAN_KEYRING: NOWHERE, DOCKER_HOST: 'unix:///nonexistent/docker.sock' });
    expect(status).toBe(1);
    expect(stdout).toMatch(/✗ archive keys: expected Debian's archive keys\n {2}do .*debian-archive-keyring/);
    expect(stdout).toMatch(/✗ engine: expected a container engine/);
    expect(stdout).not.toContain('Ready');
  });
});
