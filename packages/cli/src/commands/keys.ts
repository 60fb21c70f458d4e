import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { rotateIssuerKeys } from '../ca/index.ts';
import { withRunLock } from '../host/run-lock.ts';
import { connectPlatform } from '../start/connect.ts';
import { startPlatform } from '../start/start-platform.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  program
    .command('keys')
    .description('new signing keys for the issuers of access tokens; what the old ones have signed counts until its end')
    .addArgument(new Argument('<verb>', 'sign with new keys from now on').choices(['rotate']))
    .addHelpText('after', HELP)
    .action(async () => withRunLock('npm run keys rotate', rotate));
}

/** What runs is brought up again as it is: only identity has other files than before, so compose starts it anew, and nothing else. */
async function rotate(): Promise<void> {
  const { instance, access, state } = await connectPlatform();
  await access.close();
  rotateIssuerKeys(join(instance.stateDir, 'secrets', 'identity'));
  const platform = await startPlatform(state.commit, createProgress());
  await platform.access.close();
  console.log(
    'Tokens are signed with new keys from now on. Those that are out count until they end; the old keys go with a later rotation.',
  );
}

const HELP = `
The old keys stay published beside the new ones, so that no token is refused before its end; a rotation two hours later, or any after that,
takes them away. Whoever is logged in with a browser logs in once more: identity is started anew.
A key that was stolen must not count any longer: remove .seaworthy/secrets/identity/issuer-keys.json, then npm start. Every token ends then.`;
