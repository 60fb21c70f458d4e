import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { OciLayout } from '@seaworthy/oci';
import { judgeLicences, loadChangePolicies, printFinding } from '@seaworthy/policy/change';
import { createSbom, packagesOfSbom, previousAnswer, scanNpm, scanOs, vulnerabilitiesPredicate } from '@seaworthy/supply-chain';
import type { BillOfMaterials, NpmPackage } from '@seaworthy/supply-chain';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { InstalledLicences } from './examine/installed.licences.ts';
import { jobProgram, PLACES } from './job.program.ts';

const Packages = z
  .array(z.object({ name: z.string(), version: z.string(), integrity: z.string().optional(), license: z.string().optional() }))
  .transform((found) => found as NpmPackage[]);
const Debian = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('answered'),
    date: z.string(),
    packages: z.record(z.string(), z.object({ version: z.string(), source: z.string() })),
    changelogs: z.record(z.string(), z.string()),
  }),
  z.object({ status: z.literal('unavailable'), problem: z.string() }),
]);
const Npm = z.discriminatedUnion('status', [
  z.object({ status: z.literal('answered'), answeredAt: z.coerce.date(), body: z.unknown() }),
  z.object({ status: z.literal('unavailable'), askedAt: z.coerce.date(), problem: z.string() }),
]);

/** What a service's own layer may hold, and nothing else (architecture: one layer with its bundle). */
const OWN_FOLDER = /^app(?:\/|$)/;
const SERVICE_USER = '65532:65532';

/** Bill of materials and findings of each image, licences of what is in it, and whether it keeps the contract of a service image. */
await jobProgram(async ({ services, lastAnswers }) => {
  const debian = readJson(Debian, 'advisories', 'debian.json');
  const advisories = readJson(Npm, 'advisories', 'npm.json');
  const problems: string[] = [];
  const { licences: policy } = await loadChangePolicies(join(import.meta.dirname, 'policies'));
  const licences = new InstalledLicences(PLACES.source, PLACES.packages);
  const shipped = new Map<string, NpmPackage>();
  let findings = 0;
  for (const service of services) {
    const layout = await OciLayout.open(join(PLACES.inputs, 'build', 'images', service));
    problems.push(...(await contractViolations(service, layout)));
    const { descriptor, json } = await layout.manifest();
    const parent = (json.annotations?.['org.opencontainers.image.base.name'] ?? '').replace(/^release\//, '');
    const base = packagesOfSbom(readJson(z.custom<BillOfMaterials>(), 'parents', parent, 'sbom.json'));
    const own = readJson(Packages, 'build', `${service}.packages.json`);
    const npm = [...base.npm, ...own];
    for (const one of own) shipped.set(`${one.name}@${one.version}`, one);
    const startedOn = new Date();
    const scans = [
      scanOs({ installed: base.os, answer: debian, now: startedOn, ...previousAnswer(lastAnswers, 'debian') }),
      scanNpm({ packages: npm, answer: advisories, ...previousAnswer(lastAnswers, 'npm') }),
    ];
    findings += scans.reduce((sum, { records }) => sum + records.length, 0);
    write(`${service}.sbom.json`, createSbom({ image: service, digest: descriptor.digest, os: base.os, npm }));
    write(`${service}.vulnerabilities.json`, vulnerabilitiesPredicate({ scans, startedOn, finishedOn: new Date() }));
  }
  const unlicensed = judgeLicences(
    policy,
    [...shipped.values()].map((one) => licences.of(one)),
    new Date(),
  );
  const failed = [...(problems.length > 0 ? ['images break their contract'] : []), ...(unlicensed.length > 0 ? ['licences'] : [])];
  const passed = `${services.length} images examined, ${findings} findings, licences of ${shipped.size} packages allowed`;
  return {
    outcome: failed.length === 0 ? 'passed' : 'failed',
    summary: failed.length === 0 ? passed : `failed: ${failed.join(', ')}`,
    problems: [...problems, ...unlicensed.map(printFinding)],
    facts: { findings, checks: [{ name: 'contract' }, { name: 'licences' }] },
  };
});

async function contractViolations(service: string, layout: OciLayout): Promise<string[]> {
  const { json: manifest } = await layout.manifest();
  const { json: config } = await layout.config();
  const found: string[] = [];
  if (config.config?.User !== SERVICE_USER)
    found.push(`${service}: expected the user ${SERVICE_USER}, found ${config.config?.User ?? 'none'}`);
  const [own] = manifest.layers.slice(-1);
  if (!own) return [...found, `${service}: expected a layer of its own, found none`];
  const tar = extract();
  Readable.from(await layout.readBlob(own.digest))
    .pipe(createGunzip())
    .pipe(tar);
  for await (const entry of tar) {
    const { name, type, mode } = entry.header;
    if (!OWN_FOLDER.test(name) || !['file', 'directory'].includes(type ?? '') || (mode & 0o7022) !== 0)
      found.push(`${service}: ${name} (${type}, ${mode.toString(8)}) may not be in the layer of a service`);
    entry.resume();
  }
  return found;
}

function readJson<T>(schema: z.ZodType<T>, ...path: string[]): T {
  return schema.parse(JSON.parse(readFileSync(join(PLACES.inputs, ...path), 'utf8')));
}

function write(name: string, value: unknown): void {
  writeFileSync(join(PLACES.output, name), JSON.stringify(value));
}
