import { z } from 'zod';

const Client = z.strictObject({
  /** also the value of the client's label on everything that it makes */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  /** where the filter listens for this client alone */
  socket: z.string().regex(/^\/[\w./-]+$/),
  /** value of the owner label: the compose project */
  project: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/),
  /** ids of the images that the client may run */
  images: z.array(z.string().regex(/^sha256:[0-9a-f]{64}$/)).min(1),
  /** names of the networks that its containers may join; `none` is always allowed */
  networks: z.array(z.string().regex(/^[a-zA-Z0-9][\w.-]{0,100}$/)),
});
export type ClientScope = z.infer<typeof Client>;

export interface FilterConfig {
  readonly engineSocket: string;
  readonly clients: readonly ClientScope[];
}

/**
 * Reads the environment once: `ENGINE_CLIENTS` (JSON array of scopes), `ENGINE_SOCKET` (default `/var/run/docker.sock`).
 * @throws Error that names the bad variable and never its value.
 */
export function readConfig(env: NodeJS.ProcessEnv): FilterConfig {
  const clients = z.array(Client).min(1).safeParse(parseJson(env['ENGINE_CLIENTS']));
  if (!clients.success) {
    const [issue] = clients.error.issues;
    throw new Error(`ENGINE_CLIENTS: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'must be a JSON array of client scopes'}`);
  }
  return { engineSocket: env['ENGINE_SOCKET'] ?? '/var/run/docker.sock', clients: clients.data };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
