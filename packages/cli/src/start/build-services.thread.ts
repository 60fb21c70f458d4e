import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { buildChangedService, hashCheckout, serviceNames } from '@seaworthy/supply-chain/build';
import type { ServiceFolders, ServiceMessage } from './build-services.ts';

const { sourceDir, sharedDir } = workerData as ServiceFolders;
const folders = { sourceDir, imagesDir: join(sharedDir, 'images'), outDir: join(sharedDir, 'services') };
const tell = (message: ServiceMessage): void => parentPort?.postMessage(message, []);

const hashes = hashCheckout(sourceDir);
for (const name of serviceNames(sourceDir)) {
  tell({ begun: name });
  tell({ built: await buildChangedService(name, folders, hashes) });
}
