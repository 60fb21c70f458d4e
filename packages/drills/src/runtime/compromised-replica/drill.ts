import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { proveNoWay } from '../../no-way.ts';
import { findingsOf } from '../findings.ts';
import { declaredTargets, forbiddenTargets, OTHERS } from './targets.ts';

interface Finding {
  readonly what: string;
  /** `REACHED`, `REFUSED` by a host to which there is a way, or the code of the error */
  readonly result: string;
}

/** What there is to be reached where there is no wall, and has to be tried where there is one: something that begins with each of these. */
const WAYS = [
  ...OTHERS.map((service) => `${service} at`),
  'the engine at',
  'the internet by address',
  'the internet by name',
  'a name of the internet',
];

export const drill: Drill = {
  title: 'A compromised replica looks for other tiers, the pipeline, the registry, the engine and the internet',
  practices: ['2.2', '2.9'],
  attack:
    'Somebody who can run code in a replica of catalog, with its networks and its secrets, dials every other service by name and by address, the engine at the gateway of every network, and the internet.',
  control: 'A network for each pair that has to talk, none of them with a way out; the card of a service names its own.',
  refusals: ['UNREACHABLE'],
  async run(platform) {
    const internet = await platform.playInternet();
    try {
      const [declared, forbidden] = [await declaredTargets(), await forbiddenTargets(platform, internet)];
      // what does not run is not found by its name either: that would prove no wall
      const untried = WAYS.filter((way) => !forbidden.some(({ what }) => what.startsWith(way)));
      if (untried.length > 0)
        throw new Error(`expected all of the platform to be there to be tried, found nothing of: ${untried.join(', ')}`);
      const attack = readFileSync(join(import.meta.dirname, 'attack.mjs'), 'utf8');
      const found = await findingsOf<Finding[]>(platform, attack.replace('__TARGETS__', JSON.stringify([...declared, ...forbidden])));
      const [own, others] = [found.slice(0, declared.length), found.slice(declared.length)];
      const reached = others.filter(({ result }) => result === 'REACHED' || result === 'REFUSED').map(({ what }) => what);
      const visits = await internet.visits();
      const facts = { 'targets tried': others.length, reached: reached.length, 'visits at the internet': visits };
      const missing = own.filter(({ result }) => result !== 'REACHED').map(say);
      if (reached.length > 0 || visits > 0) {
        const shut = WAYS.filter((way) => !reached.some((what) => what.startsWith(way)));
        const withheld = [...missing, ...shut, ...(visits > 0 ? [] : ['visits at the internet'])];
        return { kind: 'succeeded', reason: `reached ${reached.join(', ') || 'the internet, by its own count'}`, withheld, facts };
      }
      if (missing.length > 0) throw new Error(`expected the declared routes to work, found ${missing.join(', ')}`);
      proveNoWay(others.map(({ what, result }) => [what, result]));
      return { kind: 'refused', code: 'UNREACHABLE', reason: `none of ${others.length} targets: ${reasons(others)}`, facts };
    } finally {
      await internet.stop();
    }
  },
  withoutControl: {
    summary: 'a copy of the platform, all of it, that is one flat network with a way out, which is what compose gives by default',
    services: [
      'identity',
      'registry',
      'registry-gate',
      'gatekeeper',
      'pipeline',
      'egress',
      'edge',
      'catalog',
      'orders',
      'payments',
      'fleet',
    ],
    overlay: 'overlay.yaml',
  },
};

function say({ what, result }: Finding): string {
  return `${what}: ${result}`;
}

/** How many failed in which way. */
function reasons(findings: readonly Finding[]): string {
  const counts = new Map<string, number>();
  for (const { result } of findings) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} × ${result}`).join(', ');
}
