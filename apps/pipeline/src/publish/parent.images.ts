import type { Readable } from 'node:stream';
import { PREDICATES, RELEASE_TAG } from '@seaworthy/contracts';
import { digestOf, hexOf } from '@seaworthy/oci';
import type { Digest, RegistryClient, StoredImageManifest } from '@seaworthy/oci';
import { serviceCardSchema } from '@seaworthy/policy';
import type { ServiceCard } from '@seaworthy/policy';
import { hasPredicateType, packagesOfSbom, verifyImage, verifyRelease } from '@seaworthy/supply-chain';
import type { BillOfMaterials, Trust } from '@seaworthy/supply-chain';
import { parse } from 'yaml';
import { writeTar } from '../jobs/tar.rules.ts';
import type { Source } from '../source/source.archive.ts';
import { PublishError } from './publish.error.ts';

/** A released base image: all of it that a build needs, which is everything but its layers. */
export interface ParentImage {
  readonly name: string;
  readonly digest: Digest;
  readonly manifest: StoredImageManifest;
  readonly config: Buffer;
  readonly sbom: BillOfMaterials;
}

/** The gatekeeper's verdict on a base image holds until the image is refreshed; how old a deployed one may be is the tier's question. */
const MAX_AGE_SECONDS = 400 * 24 * 3600;

/** Base images of a commit's services, from release/ alone, and only those that the gatekeeper let pass. */
export class ParentImages {
  readonly #registry: RegistryClient;
  readonly #trust: Trust;
  readonly #known = new Map<Digest, ParentImage>();

  constructor(registry: RegistryClient, trust: Trust) {
    this.#registry = registry;
    this.#trust = trust;
  }

  async of(source: Source): Promise<ReadonlyMap<string, ParentImage>> {
    const names = new Set(source.services.map((service) => cardOf(source, service).parent));
    return new Map(await Promise.all([...names].map(async (name): Promise<[string, ParentImage]> => [name, await this.#load(name)])));
  }

  async #load(name: string): Promise<ParentImage> {
    const repository = `release/${name}`;
    try {
      const { digest } = await this.#registry.resolve(repository, RELEASE_TAG);
      const known = this.#known.get(digest);
      if (known) return known;
      const question = { registry: this.#registry, repository, digest, trust: this.#trust };
      const { manifest } = await verifyRelease({ ...question, maxAgeSeconds: MAX_AGE_SECONDS });
      const config = await this.#registry.getBlobBytes(repository, manifest.json.config);
      const { evidence } = await verifyImage({
        ...question,
        requirements: [{ predicateType: PREDICATES.sbom, signers: ['image-builder'] }],
      });
      const [sbom] = evidence.flatMap(({ statement }) => (hasPredicateType(statement, PREDICATES.sbom) ? [statement.predicate] : []));
      if (!sbom)
        throw new PublishError({ code: 'PARENT_UNTRUSTED', message: `expected a bill of materials for ${repository}, found none` });
      const parent = { name, digest, manifest, config, sbom };
      this.#known.set(digest, parent);
      return parent;
    } catch (cause) {
      if (cause instanceof PublishError) throw cause;
      throw new PublishError({
        code: 'PARENT_UNTRUSTED',
        message: `expected ${repository}:${RELEASE_TAG} to be released: ${cause instanceof Error ? cause.message : String(cause)}`,
        cause,
      });
    }
  }
}

/** Layouts without layers (OCI image-spec 1.1, image-layout.md), as the build job reads them, and the bill of materials beside each. */
export function parentsTar(parents: ReadonlyMap<string, ParentImage>): Readable {
  return writeTar(({ file }) => {
    for (const { name, manifest, config, sbom } of parents.values()) {
      file(`${name}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
      file(
        `${name}/index.json`,
        JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [manifest.descriptor] }),
      );
      file(`${name}/blobs/sha256/${hexOf(manifest.descriptor.digest)}`, manifest.bytes);
      file(`${name}/blobs/sha256/${hexOf(digestOf(config))}`, config);
      file(`${name}/sbom.json`, JSON.stringify(sbom));
    }
  });
}

/** The Debian packages in any of them, each version of each once. */
export function installedIn(parents: ReadonlyMap<string, ParentImage>): { name: string; version: string }[] {
  const found = [...parents.values()].flatMap(({ sbom }) => packagesOfSbom(sbom).os);
  return [...new Map(found.map(({ name, version }) => [`${name} ${version}`, { name, version }])).values()];
}

/** @throws PublishError CARD_MALFORMED */
export function cardOf(source: Source, service: string): ServiceCard {
  const card = serviceCardSchema.safeParse(parse(source.text(`apps/${service}/service.yaml`), { maxAliasCount: 0 }));
  if (card.success && card.data.name === service) return card.data;
  throw new PublishError({ code: 'CARD_MALFORMED', message: `expected apps/${service}/service.yaml to be the service card of ${service}` });
}
