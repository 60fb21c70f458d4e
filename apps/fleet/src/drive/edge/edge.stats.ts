import { connect } from 'node:net';
import type { EdgeStatus } from '../../decide/observed.ts';

/** One replica as HAProxy sees it. */
export interface EdgeServer {
  readonly address: string;
  readonly status: EdgeStatus | 'unproven';
  /** ms since it has been up, or not, to the second */
  readonly changedAgo: number;
  /** HAProxy's own words on its last check: `L6TOUT`, `L7STS 503` */
  readonly detail: string;
}

export interface EdgeView {
  readonly servers: readonly EdgeServer[];
  /** requests in hand of replicas, and waiting for one */
  readonly concurrency: number;
}

const PATIENCE_MS = 1_000;
/** Of `show stat`: backends (2) and servers (4). */
const KINDS = 6;

/** The same replicas once more, asked less often and believed longer: the edge turns to them while none passes in the first (haproxy.cfg). */
const PATIENT = '-patient';

/**
 * Asks the edge's runtime socket (HAProxy Management Guide, section 9.3) about the backends of one service; its level allows questions alone.
 * @throws Error when the edge does not answer
 */
export async function viewEdge(socketPath: string, service: string): Promise<EdgeView> {
  const questions = [service, `${service}${PATIENT}`].flatMap((backend) => [
    `show stat ${backend} ${KINDS} -1`,
    `show servers state ${backend}`,
  ]);
  return readEdge(await ask(socketPath, questions.join(';')));
}

/** Of each backend, statistics (CSV) tell of load and checks, the server state file (section 9.3, "show servers state") of addresses. */
export function readEdge(answer: string): EdgeView {
  const [stats = '', states = '', patientStats = '', patientStates = ''] = answer.split('\n\n');
  const rows = readCsv(stats);
  // who gives a service one backend alone has replicas that are asked by its checks alone
  const patientRows = patientStats.startsWith('No such proxy') ? [] : readCsv(patientStats);
  const servers = readServers(rows, states);
  const asked = servers.some(({ status }) => status === 'up') ? [] : readServers(patientRows, patientStates).filter(isAsked);
  return {
    servers: servers.map((server) =>
      // it has missed its checks, and has its requests all the same: all of them did, and none has failed
      server.status === 'silent' && asked.some(({ address }) => address === server.address) ? { ...server, status: 'unproven' } : server,
    ),
    concurrency: inHand(rows) + inHand(patientRows),
  };
}

function readServers(rows: readonly Row[], states: string): EdgeServer[] {
  const addresses = addressesOf(states);
  return rows.flatMap((row) => {
    const address = addresses.get(row.svname ?? '');
    return address === undefined ? [] : [{ address, status: statusOf(row), changedAgo: number(row.lastchg) * 1000, detail: detailOf(row) }];
  });
}

function isAsked({ status }: EdgeServer): boolean {
  return status === 'up' || status === 'unproven';
}

/** A backend's row counts its servers' requests once more: of it, only those that wait for any of them. */
function inHand(rows: readonly Row[]): number {
  return rows.reduce((sum, { svname, scur, qcur }) => sum + number(qcur) + (svname === 'BACKEND' ? 0 : number(scur)), 0);
}

/** Of some hundred; they are read several times a second. */
const COLUMNS = ['svname', 'status', 'lastchg', 'check_status', 'check_code', 'scur', 'qcur'] as const;
type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], string>>>;

function readCsv(text: string): Row[] {
  const [header = '', ...lines] = text.trim().split('\n');
  const names = header.replace(/^# /, '').split(',');
  if (!names.includes('svname')) throw new Error(`expected statistics of the edge, found ${JSON.stringify(text.slice(0, 80))}`);
  const places = COLUMNS.map((name) => [name, names.indexOf(name)] as const);
  return lines.map((line) => {
    const values = line.split(',');
    return Object.fromEntries(places.map(([name, place]) => [name, values[place]]));
  });
}

/** `3 catalog 1 catalog1 10.213.4.4 2 …`; a server without an address has `-`. */
function addressesOf(states: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of states.split('\n')) {
    const [, , , name, address] = line.split(' ');
    if (name !== undefined && address !== undefined && /^[0-9.]+$/.test(address)) found.set(name, address);
  }
  return found;
}

/**
 * `UP 1/2`: HAProxy sends it requests, but it has not passed its last check, or none yet. One whose address has just become known begins so,
 * up before anybody asked it.
 */
function statusOf({ status = '', check_status: check = '' }: Row): EdgeServer['status'] {
  if (status === 'UP') return 'up';
  if (status.startsWith('UP')) return 'unproven';
  if (status.startsWith('MAINT') || check === '' || /^(?:INI|CHECKED)/.test(check)) return 'unseen';
  return /^\*? ?L7(?:STS|RSP|OKC)/.test(check) ? 'refusing' : 'silent';
}

function detailOf({ status = '', check_status: check = '', check_code: code = '' }: Row): string {
  return [status, check, code].filter(Boolean).join(' ');
}

function number(text: string | undefined): number {
  return Number(text ?? 0) || 0;
}

async function ask(socketPath: string, command: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let answer = '';
  const socket = connect(socketPath, () => socket.write(`${command}\n`));
  socket.setEncoding('utf8').setTimeout(PATIENCE_MS, () => socket.destroy(new Error('expected the edge to answer, found silence')));
  socket
    .on('data', (chunk) => (answer += String(chunk)))
    .once('end', () => resolve(answer))
    .once('error', reject);
  return promise;
}
