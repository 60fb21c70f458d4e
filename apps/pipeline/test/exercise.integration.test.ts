import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { loadServiceCard } from '@seaworthy/policy';
import { bundleService, serviceNames } from '@seaworthy/supply-chain/build';
import { candidateOf } from '../src/exercise/candidate.ts';
import { loadExercise } from '../src/exercise/exercise.declaration.ts';
import { exerciseCandidate } from '../src/exercise/exercise.runner.ts';
import { Stand } from '../src/exercise/stand.ts';
import type { JobResult } from '../src/jobs/job.runner.ts';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import type { RunWorkspace } from '../src/jobs/run.workspace.ts';
import { writeTar } from '../src/jobs/tar.rules.ts';
import type { BuiltImage } from '../src/publish/built.image.ts';
import { beginStand, endStand } from '../src/runs/run.exercise.ts';
import { readSource } from '../src/source/source.archive.ts';
import { JobsFixture } from './jobs.fixture.ts';
import { OrdinaryNetwork, PEER } from './ordinary.network.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
/** those that listen and can start alone, as they are in the repository */
const SERVICES = serviceNames(ROOT).filter((name) => !(name in loadExercise(join(ROOT, 'pipelines/exercise.yaml'))));
const DECLARED = ['compose.yaml', 'package-lock.json', ...serviceNames(ROOT).map((name) => `apps/${name}/service.yaml`)];

/** Where this machine can be reached. */
const addresses = Object.values(networkInterfaces()).flatMap((list) =>
  (list ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address),
);
const PEER_BY_NAME = { host: PEER.name, port: PEER.port };

/** What a service of these tests does, in its words: see {@link service}. */
const READY = 'return say(200, {});';
const HAS_NUL = "request.url.includes('%00')";
const UNABLE = "say(503, { type: 'urn:x', status: 503 })";

describe('the exercise of a candidate', () => {
  let fixture: JobsFixture;
  let workspace: RunWorkspace;
  const [job] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'exercise');

  beforeAll(async () => {
    fixture = await JobsFixture.start({ stores: true });
    const program = await bundled('apps/pipeline', 'src/programs/exercise.ts');
    workspace = await fixture.openShipped([], { programs: new Map([['exercise.js', program]]) });
    for (const [what, main] of Object.entries(SILENT)) begin(what, main);
  }, 600_000);
  afterAll(async () => {
    await Promise.allSettled(begun.values());
    await workspace.dispose();
    await fixture.stop();
  });

  interface Trial {
    readonly name?: string;
    readonly files?: Readonly<Record<string, Buffer>>;
    readonly slot?: number;
    readonly withStores?: boolean;
    readonly startsWithinMs?: number;
    /** whether its stand is set up before, as while it is being built */
    readonly isSetUp?: boolean;
  }
  const exercise = async (
    main: Buffer | string,
    { name = 'catalog', files = {}, slot = 0, withStores = false, startsWithinMs, isSetUp = false }: Trial = {},
  ): Promise<JobResult> => {
    if (!job) throw new Error('expected a job called exercise in pipelines/pipeline.yaml');
    const source = await declaredSource();
    const { engine, project } = fixture;
    const { node = '' } = fixture.settings.exerciseImages;
    const settings = withStores ? fixture.settings : { ...fixture.settings, exerciseImages: { node } };
    const { signal } = new AbortController();
    const run = `run-x${slot}`;
    const pace = startsWithinMs === undefined ? {} : { startsWithinMs };
    const options = { engine, project, settings, run, job, programs: workspace.programs, cpus: 1, signal, ...pace };
    const candidate = candidateOf(source, await imageWith(name, { 'app/main.js': main, ...files }));
    const stand = isSetUp ? await Stand.set(options, candidate, slot) : undefined;
    const result = await exerciseCandidate(options, candidate, slot, stand);
    expect(await leftOf(run)).toEqual([]);
    return result;
  };
  const declaredSource = async () =>
    readSource(
      writeTar(({ file }) => {
        for (const path of DECLARED) file(path, readFileSync(join(ROOT, path)));
      }),
    );
  /** What the engine still has of a run. */
  const leftOf = async (run: string) => {
    const { engine } = fixture;
    const there = await Promise.all([engine.listContainers(), engine.listNetworks(), engine.listVolumes()]);
    return there.flat().filter(({ labels }) => Object.values(labels).includes(run));
  };

  /** Those that are refused because nothing happens for many seconds: one after the other, beside the rest. */
  const begun = new Map<string, Promise<JobResult>>();
  const begin = (what: string, main: string): void => {
    const result = Promise.allSettled(begun.values()).then(async () => exercise(main, { slot: 1 }));
    result.catch(() => undefined); // whoever awaits it is told
    begun.set(what, result);
  };
  const rulesOf = ({ problems }: JobResult): Set<string> =>
    new Set(problems.flatMap((line) => /^apps\/catalog: ([A-Z_]+): /.exec(line)?.[1] ?? []));

  it.each(SERVICES)('lets %s pass, as it is built, ready with the stores that it needs', async (name) => {
    const card = await loadServiceCard(join(ROOT, 'apps', name));
    if (card.ports.length === 0) return;
    const files = card.extraFiles.map(({ from, to }) => [to.slice(1), readFileSync(join(ROOT, from))] as const);
    const main = await bundled(`apps/${name}`, 'src/main.ts');
    const { outcome, problems, facts } = await exercise(main, {
      name,
      files: Object.fromEntries(files),
      withStores: true,
      isSetUp: name === 'catalog',
    });
    expect({ outcome, problems }).toEqual({ outcome: 'passed', problems: [] });
    if (Object.keys(card.needs).length === 0) return;
    expect(facts['checks']).toContainEqual({ name: 'exercise: ready, with what it needs' });
  });

  describe('a stand that nobody comes to use', () => {
    const setUp = async (signal: AbortSignal) => {
      const { engine, project, settings } = fixture;
      const stand = beginStand({ engine, project, settings, signal, run: 'run-stand', source: await declaredSource(), notAlone: {} }, [
        'catalog',
      ]);
      await stand?.stand;
      return stand;
    };
    it('leaves nothing, though its stores are still being started', async () => {
      const stand = await setUp(new AbortController().signal);
      expect((await leftOf('run-stand')).length).toBeGreaterThan(0);
      await endStand(stand);
      expect(await leftOf('run-stand')).toEqual([]);
    });
    it('leaves nothing, when its run was stopped', async () => {
      const stopped = new AbortController();
      const stand = await setUp(stopped.signal);
      stopped.abort();
      await endStand(stand);
      expect(await leftOf('run-stand')).toEqual([]);
    });
  });

  it('says what was tried', async () => {
    const { facts } = await exercise(service({}));
    expect(facts).toEqual({
      checks: expect.arrayContaining([
        { name: 'exercise: TLS alone' },
        { name: expect.stringMatching(/^exercise: \d\d abuse cases$/) },
        { name: 'exercise: a bad configuration is refused' },
        { name: 'exercise: without its stores' },
      ]),
    });
  });

  describe('when the candidate', () => {
    it.each([
      [
        'answers with what went wrong in it',
        { handler: "if (request.url.includes('%00')) { response.writeHead(500).end('Error: at db.ts:7'); return; }" },
        ['SERVER_ERROR'],
      ],
      [
        'says each time that it cannot answer to a certain input',
        { ready: READY, handler: `if (${HAS_NUL}) return ${UNABLE};` },
        ['SERVER_ERROR'],
      ],
      ['ends at a certain input', { handler: "if (request.url.includes('%00')) process.exit(3);" }, ['NO_ANSWER', 'NOT_ALIVE']],
      ['takes old versions of TLS', { tls: "minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0'," }, ['TLS_TOO_OLD']],
      ['says what it is made of', { handler: "response.setHeader('x-powered-by', 'Express');" }, ['HEADER_TELLS']],
      ['leaves a header out', { handler: "response.removeHeader('content-security-policy');" }, ['HEADER_MISSING']],
      ['has pages for errors', { problem: 'text/html' }, ['NO_PROBLEM_DOCUMENT', 'READY_UNCLEAR']],
      ['is ready, whatever is away, or is not, and says nothing', { ready: 'response.writeHead(503).end();' }, ['READY_UNCLEAR']],
    ])('%s, it is refused', async (_what, flaw, rules) => {
      const result = await exercise(service(flaw));
      expect(result.outcome).toBe('failed');
      expect(rulesOf(result)).toEqual(new Set(rules));
    });

    it.each([
      ['cannot migrate an empty database', 'process.exit(1)', 'MIGRATION_FAILED'],
      ['is not ready although its stores are there', 'process.exit(0)', 'NOT_READY'],
    ])('%s, it is refused', async (_what, end, rule) => {
      const result = await exercise(`if (process.argv[2] === 'migrate') ${end};\n${service({})}`, {
        withStores: true,
        startsWithinMs: 5_000,
      });
      expect(result.outcome).toBe('failed');
      expect(rulesOf(result)).toEqual(new Set([rule]));
    });

    it('says for a moment that it cannot answer, it passes: a store may be slow', async () => {
      const handler = `if (${HAS_NUL} && !asked.has(request.url)) { asked.add(request.url); return ${UNABLE}; }`;
      const result = await exercise(`const asked = new Set();\n${service({ ready: READY, handler })}`);
      expect(result).toMatchObject({ outcome: 'passed', problems: [] });
    });

    it('has no such flaw, it passes: the service of these tests is sound', async () => {
      expect(await exercise(service({}))).toMatchObject({ outcome: 'passed', problems: [] });
    });

    it.each([
      ['speaks in the clear', ['NOT_ALIVE']],
      ['starts with any configuration', ['CONFIGURATION_ACCEPTED']],
      ['hangs at a certain input', ['NO_ANSWER']],
    ])(
      '%s, it is refused',
      async (what, rules) => {
        const result = await begun.get(what);
        expect(result?.outcome).toBe('failed');
        expect(rulesOf(result as JobResult)).toEqual(new Set(rules));
      },
      600_000,
    );

    describe('dials out', () => {
      let ordinary: OrdinaryNetwork;
      let listener: Server;
      beforeAll(async () => {
        ordinary = await OrdinaryNetwork.start();
        listener = createServer().listen(0, '0.0.0.0');
        await once(listener, 'listening');
      });
      afterAll(async () => {
        listener.close();
        await ordinary.stop();
      });

      /** Who refuses a connection has been reached, too. */
      const dial = (gateway: string): string => {
        const { port } = listener.address() as AddressInfo;
        const hosts = [gateway, ordinary.gateway, 'host.docker.internal', ...addresses];
        const targets = [...hosts.map((host) => ({ host, port })), { host: ordinary.address, port: PEER.port }, PEER_BY_NAME];
        return `import { connect } from 'node:net';
        const reached = new Set();
        for (const { host, port } of ${JSON.stringify(targets)})
          connect({ host, port }).once('connect', () => { reached.add(host); }).once('error', ({ code }) => { if (code === 'ECONNREFUSED') reached.add(host); });`;
      };
      const handler = 'if (reached.size > 0) { response.writeHead(500).end(); return; }';

      it('it gets nowhere: not by name, address or gateway', async () => {
        const gateway = fixture.settings.jobsSubnets.replace(/0\/24$/, '1');
        const result = await exercise(`${dial(gateway)}\n${service({ handler })}`);
        expect(result).toMatchObject({ outcome: 'passed', problems: [] });
      });

      it('on an ordinary network it gets there, and is refused: the attempt itself works', async () => {
        const print = 'setTimeout(() => { say([...reached]); process.exit(0); }, 4_000);';
        const reached = (await ordinary.run(`${dial(ordinary.gateway)}\n${print}`)) as string[];
        expect(reached).toEqual(expect.arrayContaining([ordinary.address, PEER.name]));
        // where the engine runs in a machine of its own, the host has a name there
        expect(reached).toContainEqual(expect.stringMatching(`^(${ordinary.gateway.replaceAll('.', '\\.')}|host\\.docker\\.internal)$`));
        expect(await exercise(`const reached = new Set(['somebody']);\n${service({ handler })}`)).toMatchObject({ outcome: 'failed' });
      });
    });
  });
});

const CONFIG = `if (!/^\\d+$/.test(process.env.PORT ?? '')) { process.stderr.write('catalog: PORT: expected a port\\n'); process.exit(78); }`;

/** A service that keeps every rule, in a few lines; each flaw breaks one. */
function service({
  handler = '',
  tls = "minVersion: 'TLSv1.2',",
  problem = 'application/problem+json',
  ready = "say(503, { type: 'urn:x', status: 503, details: { postgres: { status: 'down' } } });",
  config = CONFIG,
}: Partial<Record<'handler' | 'tls' | 'problem' | 'ready' | 'config', string>>): string {
  return `import { createServer } from 'node:https'; import { readFileSync } from 'node:fs';
${config}
const pem = { cert: readFileSync(process.env.TLS_CERT_FILE), key: readFileSync(process.env.TLS_KEY_FILE), ${tls} };
const openapi = { paths: { '/products/{id}': { get: { parameters: [{ name: 'id', in: 'path' }, { name: 'limit', in: 'query' }] } } } };
createServer(pem, (request, response) => {
  for (const [name, value] of Object.entries({ 'strict-transport-security': 'max-age=31536000', 'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer' })) response.setHeader(name, value);
  const say = (status, body) => response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : '${problem}' }).end(JSON.stringify(body));
  ${handler}
  if (request.url === '/health/live' && request.method === 'GET') return say(200, {});
  if (request.url === '/health/ready') { ${ready} return; }
  if (request.url === '/openapi.json') return say(200, openapi);
  say(404, { type: 'urn:x', status: 404 });
}).listen(Number(process.env.PORT) || 8443);`;
}

const IN_THE_CLEAR = "import { createServer } from 'node:http'; createServer((_request, response) => response.end('ok')).listen(8443);";
/** Those about which nothing happens for many seconds. */
const SILENT = {
  'speaks in the clear': `${CONFIG}\n${IN_THE_CLEAR}`,
  'starts with any configuration': service({ config: '' }),
  'hangs at a certain input': service({ handler: "if (request.url.includes('%00')) return;" }),
};

async function bundled(app: string, entry: string): Promise<Buffer> {
  const outDir = mkdtempSync(join(tmpdir(), 'exercise-'));
  try {
    const { mainFile } = await bundleService({ appDir: join(ROOT, app), entry, outDir });
    return readFileSync(mainFile);
  } finally {
    rmSync(outDir, { recursive: true });
  }
}

/** As the build job puts it out, as far as an exercise looks at it. */
async function imageWith(name: string, files: Readonly<Record<string, Buffer | string>>): Promise<BuiltImage> {
  const tar = await buffer(
    writeTar(({ file }) => {
      for (const [path, content] of Object.entries({ 'app/package.json': '{"type":"module"}', ...files })) file(path, content);
    }),
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rest of it is for those who publish
  return { name, parent: { name: 'node' }, layer: { bytes: gzipSync(tar) } } as BuiltImage;
}
