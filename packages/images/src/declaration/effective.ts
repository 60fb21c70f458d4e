import { ancestors } from './image.declaration.ts';
import type { ImageDeclaration } from './image.declaration.ts';
import type { ImageYaml } from './image.schema.ts';

/** What an image inherits from its ancestors and adds to: rules for packages, accounts, folders, and the runtime's configuration. */
export interface EffectiveDeclaration extends Pick<
  ImageYaml,
  'exclude' | 'drop' | 'keep' | 'users' | 'directories' | 'env' | 'ports' | 'labels'
> {
  entrypoint: string[] | undefined;
  cmd: string[] | undefined;
  workdir: string;
  user: string;
}

/** A new entrypoint resets the inherited command, as in every image builder. */
export function effective(declaration: ImageDeclaration): EffectiveDeclaration {
  const line = [...ancestors(declaration), declaration];
  const last = (key: 'workdir' | 'user'): string | undefined => line.findLast((one) => one[key] !== undefined)?.[key];
  const starts = line.findLastIndex((one) => one.entrypoint !== undefined);
  return {
    exclude: Object.assign({}, ...line.map((one) => one.exclude)) as Record<string, string>,
    drop: line.flatMap((one) => one.drop),
    keep: line.flatMap((one) => one.keep),
    users: line.flatMap((one) => one.users),
    directories: line.flatMap((one) => one.directories),
    env: Object.assign({}, ...line.map((one) => one.env)) as Record<string, string>,
    ports: line.flatMap((one) => one.ports),
    labels: Object.assign({}, ...line.map((one) => one.labels)) as Record<string, string>,
    entrypoint: line[starts]?.entrypoint,
    cmd: line.slice(Math.max(starts, 0)).findLast((one) => one.cmd !== undefined)?.cmd,
    workdir: last('workdir') ?? '/',
    user: last('user') ?? '65532:65532',
  };
}
