import { join } from 'node:path';
import type { Command } from 'commander';
import { EXIT } from '../errors.ts';
import { findEngine } from '../host/engine/engine.ts';
import { examineCertificates } from '../host/findings/certificates.ts';
import { REPOSITORY } from '../host/paths.ts';
import { listContainers, type PlatformContainer } from '../host/platform-objects.ts';
import { mainInstance, type Instance } from '../instance.ts';
import { section } from '../ui/table.ts';

export function register(program: Command): void {
  program
    .command('status')
    .description('what is running, and where it answers')
    .option('--json', 'one object: containers and addresses')
    .addHelpText('after', '\nEnds with 0 when the platform runs, with 1 when it does not.')
    .action(async ({ json }: { json?: boolean }) => {
      const instance = mainInstance(REPOSITORY);
      const { engine } = await findEngine();
      const containers = engine ? await listContainers(engine, instance.project) : [];
      const services = containers.filter(({ service }) => service !== undefined);
      const isRunning = services.some(({ state }) => state === 'running');
      if (json) console.log(JSON.stringify({ running: isRunning, engine, containers, addresses: addresses(instance) }));
      else
        console.log(
          isRunning ? describe(services, instance) : `Not running${engine ? '' : ': no container engine answers'}. npm start starts it.`,
        );
      process.exitCode = isRunning ? EXIT.ok : EXIT.failed;
    });
}

function describe(services: readonly PlatformContainer[], instance: Instance): string {
  const rows = services
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .map(({ name, status, image }) => [name, status, image.replace('sha256:', '').slice(0, 12)]);
  return `${section('Containers', [['name', 'state', 'image'], ...rows])}\n\n${section('Addresses (npm run trust makes your browser know their certificates)', addresses(instance))}${warnings(instance)}`;
}

function warnings({ stateDir }: Instance): string {
  return examineCertificates(stateDir)
    .filter(({ level }) => level !== 'ok')
    .map(({ id, found, remedy }) => `\n\n! ${id}: ${found}; ${remedy}`)
    .join('');
}

/** Where people and their tools reach the platform: loopback only. */
function addresses({ ports, stateDir }: Instance): string[][] {
  return [
    ['catalog', `https://localhost:${ports.edge}/`],
    ['orders', `https://localhost:${ports.edge}/orders`],
    ['payments', `https://localhost:${ports.edge}/cards`],
    ['registry', `https://localhost:${ports.registry}/v2/`],
    ['identity', `https://localhost:${ports.identity}/`],
    ['pipeline', `https://localhost:${ports.pipeline}/`],
    ['gatekeeper', `https://localhost:${ports.gatekeeper}/`],
    ['fleet', `https://localhost:${ports.fleet}/services`],
    ['root certificate', join(stateDir, 'trust/root.pem')],
  ];
}
