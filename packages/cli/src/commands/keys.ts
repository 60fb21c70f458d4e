import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { SIGNERS } from '@seaworthy/contracts';
import type { Signer } from '@seaworthy/contracts';
import { rotateIssuerKeys } from '../ca/index.ts';
import { REPOSITORY } from '../host/paths.ts';
import { withRunLock } from '../host/run-lock.ts';
import { mainInstance } from '../instance.ts';
import { connectPlatform } from '../start/connect.ts';
import { replaceSigningKeys } from '../start/key-ring.ts';
import { startPlatform } from '../start/start-platform.ts';
import { createProgress } from '../ui/progress.ts';

export function register(program: Command): void {
  const keys = program
    .command('keys')
    .description('new keys: for the issuers of access tokens, or for a signer of evidence')
    .addHelpText('after', HELP);
  keys
    .command('rotate')
    .description('new signing keys for the issuers of access tokens; what the old ones have signed counts until its end')
    .addHelpText('after', ROTATE_HELP)
    .action(async () => withRunLock('npm run keys rotate', rotate));
  keys
    .command('replace')
    .description('a new signing key for a signer of evidence; what the old one has signed is refused from the next npm start on')
    .addArgument(new Argument('<signer>', 'whose key').choices(SIGNERS))
    .addHelpText('after', REPLACE_HELP)
    .action(async (signer: Signer) => withRunLock('npm run keys replace', async () => replace(signer)));
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

/** Needs no platform that runs: whoever had a key stolen may have stopped it. */
async function replace(signer: Signer): Promise<void> {
  const replaced = replaceSigningKeys(mainInstance(REPOSITORY), signer);
  console.log(
    `New signing keys: ${replaced.join(', ')}. Until the next npm start the old ones are trusted; it judges and releases everything anew.`,
  );
}

const HELP = `
A key that was stolen must not count any longer:
  of an issuer  remove .seaworthy/secrets/identity/issuer-keys.json, then npm start. Once identity has started anew, every token is refused within
                some seconds; a stream that is open ends with it.
  of a signer   npm run keys replace, then npm start. What it has signed is refused from then on.`;

const ROTATE_HELP = `
The old keys stay published beside the new ones, so that no token is refused before its end; a rotation two hours later, or any after that,
takes them away. Whoever is logged in with a browser logs in once more: identity is started anew.`;

const REPLACE_HELP = `
The next npm start takes the old key out of trust.json, by which it is revoked, and builds, judges and releases everything anew, as the first one
did. The gatekeeper's key is replaced with each: what it let pass may stand on what the old one has signed.`;
