import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { proveNoWay } from '../../no-way.ts';
import { runHostileTest } from '../hostile-test.ts';

/** What each way of dialling out came to: `REACHED`, or how it failed. */
type Findings = Readonly<Record<'name' | 'address' | 'dns' | 'gateway' | 'proxy', string>>;

const DIRECT = ['name', 'address', 'dns', 'gateway'] as const;
/** Who says no, says nothing, hangs up or takes no connection has been reached. */
const ANSWERED: ReadonlySet<string> = new Set(['REACHED', 'DENIED', 'CLOSED', 'CONNECTED', 'REFUSED']);

export const drill: Drill = {
  title: 'A job of the pipeline dials out',
  practices: ['5.1', '5.6'],
  attack:
    'A proposed change brings a unit test that calls a server of the attacker: by name, by address, by DNS, at the gateway, through the proxy.',
  control:
    'The job that runs the code of a change has no network at all; only the fetching jobs have the proxy, and they run no code of the change.',
  refusals: ['UNREACHABLE'],
  async run(platform) {
    const internet = await platform.playInternet();
    try {
      const { name, address, gateway, port, gatewayPort } = internet;
      const program = readFileSync(join(import.meta.dirname, 'attack.program.ts'), 'utf8');
      const target = JSON.stringify({ name, address, gateway, port, gatewayPort });
      const found = await runHostileTest<Findings>(platform, program.replace('__TARGET__', target));
      const visits = await internet.visits();
      const ways = Object.entries(found);
      const reached = ways.filter(([, result]) => ANSWERED.has(result)).map(([way]) => way);
      if (reached.length > 0 || visits > 0) {
        const shut = DIRECT.filter((way) => found[way] !== 'REACHED').map((way) => `${way}: ${found[way]}`);
        const withheld = [...shut, ...(visits > 0 ? [] : ['visits'])];
        return {
          kind: 'succeeded',
          reason: `the job got out by ${reached.join(', ') || 'a way of its own'}`,
          withheld,
          facts: { ...found, visits },
        };
      }
      proveNoWay(ways);
      return {
        kind: 'refused',
        code: 'UNREACHABLE',
        reason: ways.map(([way, result]) => `${way}: ${result}`).join(', '),
        facts: { visits },
      };
    } finally {
      await internet.stop();
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose pipeline runs the checks on an ordinary network',
    services: ['identity', 'registry', 'registry-gate', 'gatekeeper', 'engine-filter', 'egress', 'pipeline'],
    overlay: 'overlay.yaml',
    jobsNetwork: 'egress',
  },
};
