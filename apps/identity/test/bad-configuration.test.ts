import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { createAuthority, identitySecrets } from '@seaworthy/cli/ca';
import { ServiceConfig } from '@seaworthy/platform';
import { processSource, readConfig } from '@seaworthy/platform/config';
import { configurationFaults } from '@seaworthy/testing/configurations';
import { IdentityConfig } from '../src/identity.config.ts';
import { CLIENT_SECRETS, DEVELOPER } from './identity.fixture.ts';

it('refuses every variable and secret file that is bad, by name, and tells no value', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'seaworthy-identity-'));
  const { secrets } = await createAuthority(join(dir, 'ca'));
  const files = identitySecrets({ dir: join(dir, 'identity'), clientSecrets: CLIENT_SECRETS, people: [DEVELOPER] });
  const groups = [ServiceConfig, IdentityConfig];
  const good = { environment: {}, secrets: { ...secrets, ...files } };
  const read = (environment: Record<string, string>, folder: string) => readConfig(groups, { ...processSource(folder), environment });
  expect(configurationFaults(groups, good, read)).toEqual([]);
  rmSync(dir, { recursive: true });
});
