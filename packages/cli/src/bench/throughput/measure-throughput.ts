import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { bundleService, precompile } from '@seaworthy/supply-chain/build';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { throwAwayAuthority } from '../../develop/throw-away-authority.ts';
import { runCommand } from '../../host/command.ts';
import { interrupted } from '../../host/interrupt.ts';
import type { Figure } from '../figures.ts';
import { BenchServer } from './bench-server.ts';
import type { Load, LoadResult } from './load.ts';

const [SERVER_CORE, CLIENT_CORE] = ['0', '1'];
const CONNECTIONS = 32;
/** Turns that are not counted: until V8 has compiled what is used often, the secured service, which has more of it, pays more. */
const WARM_UP = 3;
const BODY = JSON.stringify({ lines: [{ productId: randomUUID(), quantity: 2 }] });
/** The collector gets spans in batches; the last ones are due by then. */
const LAST_SPANS_MS = 3_000;
const MICROSECONDS = 1_000_000;
/** The bare service lets Fastify make its two schema compilers. */
const FASTIFY_AS_IT_COMES = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'];
/** of the bare service's throughput */
const KEPT = 0.4;

export interface Round extends LoadResult {
  server: string;
  /** microseconds of processor time for one request, all threads */
  processor: number;
}

export interface Throughput {
  rounds: Round[];
}

/**
 * The same `POST`, by the same client, in turns: a bare NestJS + Fastify service without TLS, the same with TLS, and the secured one. Each server
 * has one core to itself, the client the other.
 */
export async function measureThroughput(root: string, runs: number, requests: number): Promise<Throughput> {
  const folder = mkdtempSync(join(tmpdir(), 'seaworthy-throughput-'));
  const servers: BenchServer[] = [];
  try {
    const { token, environment, ca } = await prepare(folder);
    const sink = await BenchServer.start('collector', join(import.meta.dirname, 'span-sink.program.ts'), {}, CLIENT_CORE);
    servers.push(sink);
    const programs = await bundle(root, folder);
    const { TLS_CERT_FILE = '', TLS_KEY_FILE = '' } = environment;
    const collected = { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}` };
    const plain = await BenchServer.start('bare, no TLS', programs.bare, {}, SERVER_CORE);
    const bare = await BenchServer.start('bare', programs.bare, { TLS_CERT_FILE, TLS_KEY_FILE }, SERVER_CORE);
    const secured = await BenchServer.start('secured', programs.secured, collected, SERVER_CORE);
    servers.push(plain, bare, secured);
    const load = { token, body: BODY, connections: CONNECTIONS };
    const address = ({ port }: BenchServer): Pick<Load, 'url' | 'ca'> =>
      port === plain.port ? { url: `http://127.0.0.1:${port}/orders` } : { url: `https://localhost:${port}/orders`, ca };
    const rounds: Round[] = [];
    for (let run = 0; run < WARM_UP + runs; run += 1) {
      for (const server of [plain, bare, secured]) {
        interrupted.throwIfAborted();
        const round = await measure(server, { ...load, ...address(server), requests });
        if (run >= WARM_UP) rounds.push(round);
        else secured.requestLines = 0;
      }
    }
    await sleep(LAST_SPANS_MS);
    const { spans } = (await (await fetch(`http://127.0.0.1:${sink.port}/`)).json()) as { spans: number };
    const answered = rounds.filter(({ server }) => server === secured.name).reduce((sum, round) => sum + round.answered, 0);
    requireTold(answered, secured.requestLines, spans);
    return { rounds };
  } finally {
    await Promise.all(servers.map(async (server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A figure of a service that has dropped lines or spans would be one of another service. */
function requireTold(answered: number, requestLines: number, spans: number): void {
  if (requestLines >= answered && spans >= requestLines) return;
  throw new Error(`expected a log line and a span for each of ${answered} requests, found ${requestLines} and ${spans}`);
}

async function measure(server: BenchServer, load: Load): Promise<Round> {
  const program = join(import.meta.dirname, 'load.program.ts');
  const before = server.processorTime;
  const { code, stdout, stderr } = await runCommand('taskset', ['-c', CLIENT_CORE, process.execPath, program, JSON.stringify(load)]);
  if (code !== 0) throw new Error(`expected the load generator to end with 0, found ${code}: ${stderr}`);
  const result = JSON.parse(stdout) as LoadResult;
  if (result.failed > 0) throw new Error(`expected every request to be answered with 201, found ${result.failed} that were not`);
  return { server: server.name, ...result, processor: ((server.processorTime - before) * 1000) / result.answered };
}

async function bundle(root: string, folder: string): Promise<{ bare: string; secured: string }> {
  const appDir = join(root, 'packages/platform');
  const made = async (name: string): Promise<string> => {
    const outDir = join(folder, name);
    const entry = `test/fixtures/${name}.service.ts`;
    const { mainFile } = await bundleService({ appDir, entry, outDir, keep: FASTIFY_AS_IT_COMES });
    const program = await precompile(readFileSync(mainFile, 'latin1'));
    for (const [file, content] of Object.entries(program)) writeFileSync(join(outDir, file), content as Buffer);
    return mainFile;
  };
  const [bare, secured] = [await made('bare'), await made('secured')];
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return { bare, secured };
}

/** A certificate, an issuer's key and a customer's token, all thrown away afterwards. */
async function prepare(folder: string): Promise<{ token: string; ca: string; environment: Record<string, string> }> {
  const authority = await throwAwayAuthority();
  const { cert, key } = await authority.issue();
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'bench' }] };
  const files = { 'root.pem': authority.root, 'tls.crt': cert, 'tls.key': key, 'jwks.json': JSON.stringify(jwks) };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  const token = await new SignJWT({ client_id: 'bench', roles: ['customer'] })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'bench' })
    .setIssuer(ISSUERS.people)
    .setAudience(AUDIENCE)
    .setSubject('bench')
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const environment = {
    HOST: '127.0.0.1',
    PORT: '0',
    SECRETS_DIRECTORY: folder,
    TLS_CERT_FILE: join(folder, 'tls.crt'),
    TLS_KEY_FILE: join(folder, 'tls.key'),
    DRAIN_DELAY_MS: '0',
    // the limits are on, and above what one client can do
    CALLER_REQUESTS_PER_SECOND: '1000000',
    CALLER_BURST: '1000000',
  };
  return { token, ca: join(folder, 'root.pem'), environment };
}

/** The ratio of each turn, so that what else the machine does meanwhile meets both. */
export function throughputFigures({ rounds }: Throughput): Figure[] {
  const of = (server: string): Round[] => rounds.filter((round) => round.server === server);
  const [plain, bare, secured] = [of('bare, no TLS'), of('bare'), of('secured')];
  const kept = (base: Round[], compare: (base: Round, secured: Round) => number): number[] =>
    secured.map((round, turn) => compare(base[turn] as Round, round));
  const byProcessor = (one: Round, other: Round): number => one.processor / other.processor;
  const rates = [plain, bare, secured].map((found) => ({
    id: `throughput-${found[0]?.server.replaceAll(/[, ]+/g, '-').toLowerCase()}`,
    title: `validated POST on one core: ${found[0]?.server}`,
    unit: 'requests/s' as const,
    values: found.map(({ perSecond }) => perSecond),
  }));
  const costs = [plain, bare, secured].map((found) => ({
    id: `processor-${found[0]?.server.replaceAll(/[, ]+/g, '-').toLowerCase()}`,
    title: `processor time of that POST: ${found[0]?.server}`,
    unit: 'µs' as const,
    values: found.map(({ processor }) => processor),
  }));
  const shares = [bare, secured].map((found) => ({
    id: `share-${found[0]?.server}`,
    title: `share of its core that it had: ${found[0]?.server}`,
    unit: 'ratio' as const,
    values: found.map(({ perSecond, processor }) => (perSecond * processor) / MICROSECONDS),
  }));
  const title = 'kept by the secured service';
  return [
    ...rates,
    ...costs,
    ...shares,
    {
      id: 'kept-processor',
      title: `${title}, by processor time, both with TLS`,
      unit: 'ratio',
      values: kept(bare, byProcessor),
      least: KEPT,
    },
    {
      id: 'kept',
      title: `${title}, by requests a second, both with TLS`,
      unit: 'ratio',
      values: kept(bare, (one, other) => other.perSecond / one.perSecond),
      least: KEPT,
      note: 'says something only where both had their core to themselves (a share near 1); processor time says it in any case',
    },
    {
      id: 'kept-no-tls',
      title: `${title}, by processor time, bare without TLS`,
      unit: 'ratio',
      values: kept(plain, byProcessor),
    },
  ];
}
