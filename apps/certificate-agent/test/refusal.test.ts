import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { AgentConfig } from '../src/agent.config.ts';

describe('the certificate agent, when its configuration is not usable', () => {
  it('refuses every variable that is bad, by name, and tells no value', () => {
    const read = (environment: Record<string, string>, folder: string) =>
      readConfig([AgentConfig], { ...processSource(folder), environment });
    expect(configurationFaults([AgentConfig], { environment: {}, secrets: {} }, read)).toEqual([]);
  });

  it.each<[string, Record<string, string>, RegExp]>([
    [
      'several variables are malformed',
      { IDENTITY_URL: 'hunter2', ADMIN_SOCKET: 'hunter2' },
      /IDENTITY_URL: must be .+; ADMIN_SOCKET: must be /,
    ],
    ['nobody has given it a root', {}, /root\.pem: is required and not set/],
  ])('ends with 78 and one line: %s', (_what, environment, reason) => {
    const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, '../src/main.ts')], {
      env: environment,
      encoding: 'utf8',
    });
    expect(status).toBe(78);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^certificate-agent: configuration refused: /);
    expect(stderr).toMatch(reason);
    expect(stderr).not.toContain('hunter2');
  });
});
