import { once } from 'node:events';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { buildChangedService, hashCheckout, serviceNames } from '@seaworthy/supply-chain/build';
import type { ServiceMessage, ServicesOptions } from './build-services.ts';

/** nice(2): a third of what others get, so that it is still done in time */
const ASIDE = 5;

const { sourceDir, sharedDir, aside } = workerData as ServicesOptions;
// on Linux, of this thread and those that the bundler begins; elsewhere of the whole process, which does little else
if (aside) setPriority(ASIDE);
const folders = { sourceDir, imagesDir: join(sharedDir, 'images'), outDir: join(sharedDir, 'services') };
const tell = (message: ServiceMessage): void => parentPort?.postMessage(message, []);

let last: Promise<unknown> = Promise.resolve();
/** After a failure no further one is begun. */
async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
  const next = last.then(work);
  last = next;
  return next;
}

const pace = {
  // whoever has begun this thread tells when they are there
  parents: parentPort === null ? Promise.resolve() : once(parentPort, 'message'),
  inTurn,
  onBegin: (name: string) => tell({ begun: name }),
};
const hashes = hashCheckout(sourceDir);
await Promise.all(serviceNames(sourceDir).map(async (name) => tell({ built: await buildChangedService(name, folders, hashes, pace) })));
