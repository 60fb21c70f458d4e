import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { createSbom } from '@seaworthy/supply-chain';
import { bundleService } from '@seaworthy/supply-chain/build';
import { pack } from 'tar-stream';
import type { Header } from 'tar-stream';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import { writeTar } from '../src/jobs/tar.rules.ts';
import { readPolicies } from '../src/pipeline.settings.ts';
import { JOB, JobsFixture } from './jobs.fixture.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const ASKED = new Date('2026-11-20T00:00:00Z');
const LAST_ANSWERS = { npm: '2026-11-19T00:00:00.000Z', debian: '2026-11-18T00:00:00.000Z' };
const NPM = { name: 'npm', version: '11.19.1' };
const parentBill = createSbom({
  image: 'node',
  digest: `sha256:${'0'.repeat(64)}`,
  os: [{ name: 'libc6', version: '2.41-12', arch: 'amd64', source: 'glibc' }],
  npm: [NPM],
});
const outdated = {
  status: 'answered',
  date: ASKED.toISOString(),
  packages: { libc6: { version: '2.41-12+deb13u1', source: 'glibc' } },
  changelogs: { glibc: 'glibc (2.41-12+deb13u1) trixie-security; urgency=high\n\n  * CVE-2026-1111\n' },
};

type Files = Readonly<Record<string, string | Buffer>>;

describe('the job that examines images', () => {
  let fixture: JobsFixture;
  let program: Buffer;
  beforeAll(async () => {
    fixture = await JobsFixture.start();
    const outDir = mkdtempSync(join(tmpdir(), 'examine-'));
    const { mainFile } = await bundleService({ appDir: join(ROOT, 'apps/pipeline'), entry: 'src/programs/examine.ts', outDir });
    program = readFileSync(mainFile);
    rmSync(outDir, { recursive: true });
  });
  afterAll(() => fixture.stop());

  /** Runs the program that ships after two jobs that put out what the real ones would have. */
  const examine = async ({ npm, debian, image }: { npm: object; debian: object; image: Files }) => {
    const [shipped] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'examine');
    if (!shipped) throw new Error('expected a job called examine in pipelines/pipeline.yaml');
    const job = { ...shipped, inputs: shipped.inputs.filter((input) => input !== 'packages') };
    const [asking, building] = ['advisories', 'build'].map((name) => ({ ...JOB, name, program: name })) as [typeof JOB, typeof JOB];
    const workspace = await fixture.openShipped([asking, building, job], {
      programs: new Map([
        ['advisories.js', putsOut({ 'npm.json': JSON.stringify(npm), 'debian.json': JSON.stringify(debian) })],
        ['build.js', putsOut({ ...image, 'catalog.packages.json': '[]' })],
        ['examine.js', program],
      ]),
      policies: readPolicies(join(ROOT, 'infra/policies')),
      services: ['catalog'],
      parents: writeTar(({ file }) => file('node/sbom.json', JSON.stringify(parentBill))),
      lastAnswers: LAST_ANSWERS,
    });
    try {
      const { signal } = new AbortController();
      for (const before of [asking, building]) await workspace.run(before, signal);
      const { facts } = await workspace.run(job, signal);
      const documents = new Map<string, unknown>();
      for await (const { path, content } of workspace.output(job)) documents.set(path, JSON.parse(content.toString('utf8')));
      return { facts, documents };
    } finally {
      await workspace.dispose();
    }
  };

  it('puts out what the sources said about each image, base image included, as evidence', async () => {
    const advisory = { id: 1, url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc', title: 'Too much', severity: 'high' };
    const npm = { status: 'answered', answeredAt: ASKED, body: { npm: [{ ...advisory, vulnerable_versions: '<12' }] } };
    const { facts, documents } = await examine({ npm, debian: outdated, image: await imageOf() });
    expect(facts).toEqual({ findings: 2, checks: [{ name: 'contract' }, { name: 'licences' }] });
    expect(documents.get('catalog.vulnerabilities.json')).toMatchObject({
      scanner: {
        sources: [
          { source: 'debian', status: 'answered' },
          { source: 'npm', status: 'answered', lastAnswer: ASKED.toISOString() },
        ],
        result: [{ annotations: [{ osv: { upstream: ['CVE-2026-1111'] } }] }, { id: 'GHSA-aaaa-bbbb-cccc' }],
      },
    });
    expect(documents.get('catalog.sbom.json')).toMatchObject({ components: parentBill.components });
  });

  it('says when a source answered last, where it is silent or cannot be read', async () => {
    const npm = { status: 'answered', answeredAt: ASKED, body: { error: 'no such API' } };
    const debian = { status: 'unavailable', problem: 'MIRROR_UNREACHABLE' };
    const { documents } = await examine({ npm, debian, image: await imageOf() });
    expect(documents.get('catalog.vulnerabilities.json')).toMatchObject({
      scanner: {
        sources: [
          { source: 'debian', status: 'unavailable', lastAnswer: LAST_ANSWERS.debian, problem: 'MIRROR_UNREACHABLE' },
          { source: 'npm', status: 'unavailable', lastAnswer: LAST_ANSWERS.npm },
        ],
        result: [{ id: 'SEAWORTHY-SOURCE-UNAVAILABLE-debian' }, { id: 'SEAWORTHY-SOURCE-UNAVAILABLE-npm' }],
      },
    });
  });

  it('refuses an image that breaks the contract of a service image, and names all that does', async () => {
    const image = await imageOf({
      user: 'root',
      entries: [
        { name: 'etc/passwd', mode: 0o644 },
        { name: 'app/link', type: 'symlink', linkname: '/etc/shadow' },
        { name: 'app/setuid', mode: 0o4755 },
        { name: 'app/writable', mode: 0o666 },
      ],
    });
    const refusal = examine({ npm: { status: 'unavailable', askedAt: ASKED, problem: 'TIMEOUT' }, debian: outdated, image });
    await expect(refusal).rejects.toMatchObject({
      code: 'JOB_FAILED',
      message: [
        'failed: images break their contract',
        'catalog: expected the user 65532:65532, found root',
        'catalog: etc/passwd (file, 644) may not be in the layer of a service',
        'catalog: app/link (symlink, 644) may not be in the layer of a service',
        'catalog: app/setuid (file, 4755) may not be in the layer of a service',
        'catalog: app/writable (file, 666) may not be in the layer of a service',
      ].join('\n'),
    });
  });
});

/** A service image on node, as the job that builds leaves it, with one layer of its own. */
async function imageOf({
  user = '65532:65532',
  entries = [],
}: { user?: string; entries?: (Partial<Header> & Pick<Header, 'name'>)[] } = {}): Promise<Files> {
  const tar = pack();
  tar.entry({ name: 'app', type: 'directory', mode: 0o755 });
  for (const entry of [{ name: 'app/main.js', mode: 0o644 }, ...entries]) tar.entry({ mode: 0o644, ...entry }, '');
  tar.finalize();
  const bytes = await buffer(tar);
  const dir = mkdtempSync(join(tmpdir(), 'examined-'));
  try {
    const layout = await OciLayout.create(dir);
    const layer = await layout.writeBlob(gzipSync(bytes), { mediaType: MEDIA_TYPES.layerGzip });
    const rootfs = { type: 'layers', diff_ids: [digestOf(bytes)] };
    const config = await layout.writeJson({ architecture: 'amd64', os: 'linux', config: { User: user }, rootfs }, MEDIA_TYPES.imageConfig);
    const annotations = { 'org.opencontainers.image.base.name': 'release/node' };
    const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer], annotations };
    await layout.setRef('catalog', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = files.map(({ parentPath, name }) => join(parentPath, name));
    return Object.fromEntries(paths.map((path) => [`images/catalog/${relative(dir, path)}`, readFileSync(path)]));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** A job program that puts out these files, and says that it passed. */
function putsOut(files: Files): Buffer {
  const content = Object.fromEntries(Object.entries(files).map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]));
  const result = { outcome: 'passed', summary: 'put out', problems: [], facts: {} };
  return Buffer.from(`import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
const files = { ...${JSON.stringify(content)}, 'result.json': '${Buffer.from(JSON.stringify(result)).toString('base64')}' };
for (const [path, bytes] of Object.entries(files)) {
  const file = join(process.env.JOB_OUTPUT, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, Buffer.from(bytes, 'base64'));
}
`);
}
