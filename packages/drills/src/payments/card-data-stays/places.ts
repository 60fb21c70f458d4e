import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type Docker from 'dockerode';
import { parseFindings } from '../../findings.ts';
import type { DrillPlatform } from '../../platform.ts';

/** What is kept on disks: by the volume's name. */
export const VOLUMES = ['orders-postgres-data', 'nats-data', 'payments-postgres-data', 'payment-provider-ledger'] as const;

/** Which of these texts each volume holds, in any file, of tables and of logs of what was written to them. */
export async function searchVolumes(platform: DrillPlatform, texts: readonly string[]): Promise<Record<string, string[]>> {
  const program = readFileSync(join(import.meta.dirname, 'search.mjs'), 'utf8').replace('__WANTED__', JSON.stringify(texts));
  const options: Docker.ContainerCreateOptions = {
    Image: platform.imageId('node'),
    Entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program],
    User: '65532:65532',
    Labels: { [OWNER_LABEL]: platform.project },
    // as text, without the engine's frames
    Tty: true,
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges:true'],
      Binds: VOLUMES.map((name) => `${platform.volume(name)}:/search/${name}:ro`),
    },
  };
  let container!: Docker.Container;
  const remove = await platform.undoable(
    async () => (container = await platform.docker.createContainer(options)),
    async () => container.remove({ force: true }),
  );
  try {
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const output = (await container.logs({ stdout: true, stderr: true })).toString('utf8');
    return parseFindings<Record<string, string[]>>({ exitCode: StatusCode, output });
  } finally {
    await remove();
  }
}

/** Which of these texts the log of each service holds, of all containers of the platform, since a moment. */
export async function searchLogs(
  { docker, project }: DrillPlatform,
  texts: readonly string[],
  since: number,
): Promise<Record<string, string[]>> {
  const label = [`${OWNER_LABEL}=${project}`, 'com.docker.compose.service'];
  const found: Record<string, string[]> = {};
  for (const { Id, Labels } of await docker.listContainers({ all: true, filters: { label } })) {
    const log = (await docker.getContainer(Id).logs({ stdout: true, stderr: true, since: Math.floor(since / 1000) })).toString('utf8');
    const place = `log of ${Labels['com.docker.compose.service'] ?? Id}`;
    found[place] = [...new Set([...(found[place] ?? []), ...texts.filter((text) => log.includes(text))])];
  }
  return found;
}
