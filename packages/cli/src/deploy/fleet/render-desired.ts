import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeployedRevision, DesiredService } from '@seaworthy/contracts';
import { loadServiceCard } from '@seaworthy/policy';
import type Docker from 'dockerode';
import type { Compose } from '../../engine/compose.ts';
import { UserError } from '../../errors.ts';
import { checkoutDir } from '../../instance.ts';
import type { Instance } from '../../instance.ts';
import { composeConfigSchema, composeServiceSchema } from './compose-service.schema.ts';
import { renderRevision } from './render-revision.ts';

/** What the fleet shall keep of each service: its card's scale, and the revision that compose.yaml and the verified image come to. */
export async function renderDesired(
  docker: Docker,
  instance: Instance,
  compose: Compose,
  names: readonly string[],
): Promise<Record<string, Omit<DesiredService, 'previous'>>> {
  const config = composeConfigSchema.parse(JSON.parse(await compose.run(['config', '--format', 'json', ...names])));
  const hashes = await compose.hashes(names);
  const source = checkoutDir(instance);
  const entries = await Promise.all(
    names.map(async (name) => {
      const { scale } = await loadServiceCard(join(source, 'apps', name));
      if (scale === undefined) throw notScaled(name);
      const parsed = composeServiceSchema.safeParse(config.services[name]);
      if (!parsed.success) throw notRendered(name, parsed.error);
      const current: DeployedRevision = renderRevision({
        project: instance.project,
        name,
        service: parsed.data,
        config,
        image: await docker.getImage(parsed.data.image).inspect(),
        configHash: hashes.get(name) ?? '',
        workingDir: source,
        readProfile: (path) => readFileSync(join(source, path), 'utf8'),
      });
      return [name, { scale, current }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

function notScaled(name: string): UserError {
  return new UserError({
    code: 'FAILED',
    message: `The fleet does not know how many replicas ${name} may have`,
    expected: `a section scale in apps/${name}/service.yaml: min, max, targetConcurrency`,
    found: 'none',
    remedy: 'write it, as in apps/catalog/service.yaml',
  });
}

function notRendered(name: string, error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): UserError {
  const [issue] = error.issues;
  return new UserError({
    code: 'FAILED',
    message: `The fleet cannot make replicas of ${name} as compose.yaml has it`,
    expected: 'fields that packages/cli/src/deploy/fleet/compose-service.schema.ts knows',
    found: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'another'}`,
    remedy: 'teach renderRevision the field, or leave it out',
    cause: error,
  });
}
