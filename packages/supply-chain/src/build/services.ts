import { globSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OciLayout } from '@seaworthy/oci';
import { loadServiceCard, type ServiceCard } from '@seaworthy/policy';
import { bundleService, type Bundle } from './bundle.ts';
import type { BundledPackage } from './bundled-packages.ts';
import { buildServiceImage, type BuiltServiceImage } from './service-image.ts';

export interface BuildServicesOptions {
  /** a checkout of the repository */
  sourceDir: string;
  /** holds one OCI layout for each parent image, by name */
  imagesDir: string;
  /** receives `<service>/bundle` and `<service>/image` */
  outDir: string;
  /** checkout whose node_modules are used; default: sourceDir */
  modulesRoot?: string;
  /** names of services; default: every app with a service card */
  only?: readonly string[];
  onProgress?: (service: string) => void;
}

export interface BuiltService extends BuiltServiceImage {
  card: ServiceCard;
  bundle: Bundle;
}

/** What can be made of a service without its parent image. */
interface BundledService {
  readonly card: ServiceCard;
  readonly bundle: Bundle;
  readonly bundleDir: string;
}

/** Bundle and image of one service of a checkout. */
export async function buildService(name: string, options: BuildServicesOptions): Promise<BuiltService> {
  return imageOf(await bundleOf(name, options), options);
}

/** The first half of {@link buildService}: everything but the image. */
export async function bundleOf(
  name: string,
  { sourceDir, outDir, modulesRoot }: Pick<BuildServicesOptions, 'sourceDir' | 'outDir' | 'modulesRoot'>,
): Promise<BundledService> {
  const appDir = join(resolve(sourceDir), 'apps', name);
  const card = await loadServiceCard(appDir);
  const bundleDir = join(outDir, name, 'bundle');
  const modules = modulesRoot ? { modulesRoot } : {};
  const main = await bundleService({ appDir, outDir: bundleDir, entry: card.entry, ...modules });
  const programs: Bundle[] = [];
  for (const { entry, to, external } of card.programs) {
    programs.push(await bundleService({ appDir, outDir: join(bundleDir, 'programs', basename(to)), entry, external, ...modules }));
  }
  return { card, bundle: { ...main, packages: packagesOf([main, ...programs]) }, bundleDir };
}

/** The second half: it stands on its parent. */
export async function imageOf(
  { card, bundle, bundleDir }: BundledService,
  { sourceDir, imagesDir, outDir }: Pick<BuildServicesOptions, 'sourceDir' | 'imagesDir' | 'outDir'>,
): Promise<BuiltService> {
  const parent = await OciLayout.open(join(imagesDir, card.parent));
  const image = await buildServiceImage({ bundleDir, card, sourceDir, parent, outDir: join(outDir, card.name, 'image') });
  return { ...image, card, bundle };
}

/** What is in any of the files, each package once. */
function packagesOf(bundles: readonly Bundle[]): BundledPackage[] {
  const byVersion = new Map(bundles.flatMap(({ packages }) => packages).map((found) => [`${found.name}@${found.version}`, found]));
  return [...byVersion].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

/** Every service, one after the other: the bundler uses all cores by itself. */
export async function buildAllServices(options: BuildServicesOptions): Promise<BuiltService[]> {
  const built: BuiltService[] = [];
  for (const name of options.only ?? serviceNames(options.sourceDir)) {
    options.onProgress?.(name);
    built.push(await buildService(name, options));
  }
  return built;
}

/** Apps that have a service card, sorted. */
export function serviceNames(sourceDir: string): string[] {
  return globSync('apps/*/service.yaml', { cwd: sourceDir })
    .map((file) => basename(dirname(file)))
    .toSorted();
}

/** Their cards, in that order. @throws {PolicyError} naming the card that is malformed */
export async function loadServiceCards(sourceDir: string): Promise<ServiceCard[]> {
  return Promise.all(serviceNames(sourceDir).map(async (name) => loadServiceCard(join(sourceDir, 'apps', name))));
}
