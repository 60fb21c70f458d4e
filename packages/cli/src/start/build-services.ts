import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { BuiltService } from '@seaworthy/supply-chain/build';

export interface ServicesOptions {
  /** a checkout of the repository */
  readonly sourceDir: string;
  /** with `images`, the services' parents among them; receives `services` */
  readonly sharedDir: string;
  /** whether it gives way to all that wants a core meanwhile: nobody waits for it yet */
  readonly aside: boolean;
}

/** What the thread tells. */
export type ServiceMessage = { readonly begun: string } | { readonly built: BuiltService };

/**
 * Builds the services of a checkout, or answers what was built before, in a thread of its own: bundling keeps a core busy, as does
 * assembling the images meanwhile. `parents`: resolves when the images are there that services stand on; until then they are bundled. An error
 * of the thread is thrown with its message and code.
 */
export async function buildServices(
  options: ServicesOptions,
  parents: Promise<unknown>,
  onService: (name: string) => void,
): Promise<BuiltService[]> {
  const built: BuiltService[] = [];
  const thread = new Worker(new URL('build-services.thread.ts', import.meta.url), { workerData: options });
  thread.on('message', (message: ServiceMessage) => ('built' in message ? built.push(message.built) : onService(message.begun)));
  parents.then(
    () => thread.postMessage('parents', []),
    () => thread.terminate(), // whoever builds them tells why
  );
  const [code] = (await once(thread, 'exit')) as [number];
  if (code !== 0) throw new Error(`expected the thread that builds the services to end with 0, found ${code}`);
  return built;
}
