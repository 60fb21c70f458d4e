import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import { mainInstance } from '../instance.ts';
import { systemStore } from '../trust/trust-store.ts';
import { ownStores, trust, untrust } from '../trust/trust.ts';

export function register(program: Command): void {
  program
    .command('trust')
    .description("add the platform's root certificate to your own trust store, so that your browser knows it; undone by npm run clean")
    .addArgument(new Argument('[where]', 'whose store').choices(['user', 'system', 'undo']).default('user'))
    .addHelpText('after', HELP)
    .action(async (where: 'user' | 'system' | 'undo') => {
      if (where === 'undo') return console.log((await untrust()) ?? 'Nothing was trusted.');
      const certificate = join(mainInstance(REPOSITORY).stateDir, 'trust/root.pem');
      const stores = where === 'system' ? [systemStore(process.getuid?.() === 0)] : await ownStores(runCommand);
      await trust({ certificate, stores });
      console.log(`Trusted in ${stores.map(({ path }) => path).join(', ')}. npm run trust undo, or npm run clean, takes it out again.`);
    });
}

const HELP = `
  user    your browsers' store, or your login keychain (the default)
  system  the whole machine's store: Debian and Ubuntu, as root
  undo    take it out again

The root can vouch for the platform's own names, localhost and 127.0.0.1 only: its certificate says so (RFC 5280, 4.2.1.10).
Nothing needs this: curl --cacert .seaworthy/trust/root.pem works without it.`;
