import { duration } from '../../ui/duration.ts';
import type { Finding } from './finding.ts';
import { head, PATIENCE_MS } from './head.ts';

/** Signed indexes, certificates and tokens of minutes are refused beyond this, in milliseconds. */
const TOLERANCE_MS = 120_000;
const EXPECTED = `a clock within ${duration(TOLERANCE_MS)} of the network's`;

/** What a server answers: its Date header (RFC 9110, 6.6.1), or why not. */
export type DateProbe = (url: string) => Promise<Date>;

/** Compares this machine's clock with that of the first server that answers; also the look whether the network answers at all. */
export async function examineClock(urls: readonly string[], probe: DateProbe = askDate, now: () => number = Date.now): Promise<Finding[]> {
  const reasons: string[] = [];
  for (const url of urls) {
    try {
      const offset = now() - (await probe(url)).getTime();
      return [
        { id: 'network', level: 'ok', expected: 'the package registry or mirror answers', found: `${new URL(url).host} answers` },
        compare(offset),
      ];
    } catch (error) {
      const code = codeOf(error);
      if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED')
        return [wrong(`${new URL(url).host}'s certificate is not valid at this machine's date, ${new Date(now()).toISOString()}`)];
      reasons.push(`${new URL(url).host}: ${code}`);
    }
  }
  return [unreachable(reasons)];
}

function compare(offset: number): Finding {
  if (Math.abs(offset) <= TOLERANCE_MS) return { id: 'clock', level: 'ok', expected: EXPECTED, found: `${duration(Math.abs(offset))} off` };
  return wrong(`${duration(Math.abs(offset))} ${offset > 0 ? 'ahead' : 'behind'}`);
}

function wrong(found: string): Finding {
  const remedy = "set the clock: timedatectl set-ntp true; in a virtual machine, let it take the host's time (WSL: wsl --shutdown)";
  return { id: 'clock', level: 'error', code: 'CLOCK_OFF', expected: EXPECTED, found, remedy };
}

/** A warning: what was downloaded before still starts. */
function unreachable(reasons: readonly string[]): Finding {
  return {
    id: 'network',
    level: 'warning',
    expected: 'the package registry or mirror answers',
    found: reasons.length === 0 ? 'no registry or mirror known' : reasons.join('; '),
    remedy: 'check the network; behind a proxy: npm config set https-proxy and cafile. What was downloaded before can still start',
  };
}

const askDate: DateProbe = async (url) => {
  const { headers } = await head(url);
  const date = new Date(headers.get('date') ?? Number.NaN);
  if (Number.isNaN(date.getTime())) throw Object.assign(new Error('no Date header'), { code: 'NO_DATE' });
  return date;
};

function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    if (cause.name === 'TimeoutError') return `no answer within ${duration(PATIENCE_MS)}`;
  }
  return 'no answer';
}
