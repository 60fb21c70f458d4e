import { TIER_LABEL } from '@seaworthy/contracts';
import type { Digest, ImageConfig } from '@seaworthy/oci';
import { effective } from '../declaration/effective.ts';
import type { ImageDeclaration } from '../declaration/image.declaration.ts';
import type { Architecture } from '../declaration/image.schema.ts';

/** A constant: the time of a build is no property of what is built. */
const CREATED = '1970-01-01T00:00:00Z';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin';

/** OCI image configuration (image-spec 1.1, config.md); fields in a fixed order, since its digest is the image's id. */
export function imageConfig(facts: {
  declaration: ImageDeclaration;
  arch: Architecture;
  diffIds: Digest[];
  inherited: ImageConfig | undefined;
}): ImageConfig {
  const { declaration, arch, diffIds, inherited } = facts;
  const { user, env, entrypoint, cmd, workdir, ports, labels } = effective(declaration);
  const named = {
    ...labels,
    [TIER_LABEL]: declaration.tier,
    'org.opencontainers.image.title': declaration.name,
    'org.opencontainers.image.description': declaration.description,
  };
  return {
    created: CREATED,
    architecture: arch,
    os: 'linux',
    config: {
      User: user,
      ...(ports.length > 0 && { ExposedPorts: Object.fromEntries(ports.map((port) => [`${port}/tcp`, {}])) }),
      Env: Object.entries({ PATH, ...env }).map(([name, value]) => `${name}=${value}`),
      ...(entrypoint && { Entrypoint: entrypoint }),
      ...(cmd && { Cmd: cmd }),
      WorkingDir: workdir,
      Labels: Object.fromEntries(Object.entries(named).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: [...(inherited?.history ?? []), { created: CREATED, created_by: `infra/images/${declaration.name}/image.yaml` }],
  };
}
