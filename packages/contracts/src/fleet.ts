import { z } from 'zod';

/** Label of a replica: which deployed revision of its service it was made from. */
export const REVISION_LABEL = 'dev.seaworthy.revision';

/** Where deploy leaves what it wants, for the fleet and for the engine filter, which read it and nothing else can write it. */
export const DESIRED_FILE = '/run/seaworthy/desired/desired.json';

const name = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/);
const engineName = z.string().regex(/^[a-zA-Z0-9][\w.-]{0,127}$/);

/** How many replicas a service may have, and how many requests at once are enough for one of them. */
export const scaleSchema = z
  .strictObject({
    min: z.int().min(1).max(8),
    max: z.int().min(1).max(8),
    /** requests in hand and waiting, for each replica */
    targetConcurrency: z.int().min(1).max(10_000),
  })
  .refine(({ min, max }) => min <= max, { path: ['max'], message: 'expected at least min' });
export type Scale = z.output<typeof scaleSchema>;

/** A container as the engine is asked for it (Engine API, "Create a container"), but for what differs between replicas: name and number. */
const containerSchema = z
  .object({
    Image: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected the id of a verified image'),
    Labels: z.record(z.string(), z.string()),
    HostConfig: z.object({ NetworkMode: engineName }).loose(),
  })
  .loose();
export type DeployedContainer = z.output<typeof containerSchema>;

const revisionSchema = z.strictObject({
  /** hash of all that follows */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  container: containerSchema,
  /** networks that it joins before it starts, the first one (NetworkMode) included, each with its names there */
  networks: z.array(z.strictObject({ name: engineName, aliases: z.array(engineName) })).min(1),
});
export type DeployedRevision = z.output<typeof revisionSchema>;

const serviceSchema = z.strictObject({
  scale: scaleSchema,
  current: revisionSchema,
  /** what ran before, and runs again when the current one does not get ready */
  previous: revisionSchema.optional(),
});
export type DesiredService = z.output<typeof serviceSchema>;

/** What a deploy wants to run in replicas, by name of compose's service. */
export const desiredSchema = z.strictObject({
  project: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,60}$/),
  /** which deploy wants it: another one tries a revision anew that was given up. Missing where nobody tries anything, as in what the host keeps */
  deploy: z.uuid().optional(),
  services: z.record(name, serviceSchema),
});
export type Desired = z.output<typeof desiredSchema>;

/** Number of a replica among those of its service, on compose's label and in its name. */
export const NUMBER_LABEL = 'com.docker.compose.container-number';

/** As compose names it: `docker compose logs` shows it by this name. */
export function replicaName(project: string, service: string, number: number): string {
  return `${project}-${service}-${number}`;
}

/** The body by which the engine is asked for one replica. */
export function replicaBody({ container }: DeployedRevision, number: number): DeployedContainer {
  return { ...container, Labels: { ...container.Labels, [NUMBER_LABEL]: String(number) } };
}
