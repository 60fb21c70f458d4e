import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { z } from 'zod';
import type { Instance } from '../instance.ts';
import type { Compose } from './compose.ts';

const configSchema = z.object({ services: z.record(z.string(), z.unknown()) });

/**
 * Whether each of these services runs as compose.yaml has it, and what it waits for is there as well, running or well ended. Compose has
 * nothing to do then; asked all the same, it would run again what has ended, such as the making of a database.
 */
export async function runsAsDeclared(docker: Docker, instance: Instance, compose: Compose, services: readonly string[]): Promise<boolean> {
  // with a name, compose answers that service and all that it depends on
  const config = configSchema.parse(JSON.parse(await compose.run(['config', '--format', 'json', ...services])));
  const names = Object.keys(config.services);
  const [hashes, containers] = await Promise.all([
    compose.hashes(names),
    docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${instance.project}`] } }),
  ]);
  return names.every((name) =>
    containers.some(({ Labels, State, Status }) => {
      const isSame = Labels['com.docker.compose.service'] === name && Labels['com.docker.compose.config-hash'] === hashes.get(name);
      return isSame && (State === 'running' || (!services.includes(name) && Status.startsWith('Exited (0)')));
    }),
  );
}
