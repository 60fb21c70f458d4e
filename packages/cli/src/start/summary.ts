import { section } from '../ui/table.ts';
import type { RunningPlatform } from './start-platform.ts';

/** What runs, where it answers, what it was made from and what was verified: the end of every start. */
export function summary({ instance, state, run }: RunningPlatform): string {
  const { ports, stateDir } = instance;
  const root = `${stateDir.slice(instance.root.length + 1)}/trust/root.pem`;
  const digest = (name: string): string => (state.services[name] ?? '').slice(0, 'sha256:'.length + 12);
  return [
    section('Running', [
      ['catalog', `https://localhost:${ports.edge}/`, `replicas of release/catalog@${digest('catalog')}`],
      ['its API', `https://localhost:${ports.edge}/docs`, `curl --cacert ${root} https://localhost:${ports.edge}/products`],
      ['orders', `https://localhost:${ports.edge}/orders`, `replicas of release/orders@${digest('orders')}, for customers with a token`],
      [
        'payments',
        `https://localhost:${ports.edge}/cards`,
        `replicas of release/payments@${digest('payments')}, for customers with a token`,
      ],
      ['identity', `https://localhost:${ports.identity}/`, 'gives tokens to people and workloads'],
      ['registry', `https://localhost:${ports.registry}/v2/`, 'for those with a token'],
      ['pipeline', `https://localhost:${ports.pipeline}/runs`, 'for those with a token'],
      ['gatekeeper', `https://localhost:${ports.gatekeeper}/`, 'lets pass what it has verified; for the pipeline'],
      ['fleet', `https://localhost:${ports.fleet}/services`, 'npm run fleet'],
    ]),
    section('Built and verified', [
      ['commit', state.commit.slice(0, 12), run === undefined ? 'unchanged since the last start' : `pipeline run ${run.id}`],
      ['rebuilt', `${Object.keys(state.services).length} services`, 'the pipeline came to the same digests as this machine'],
      ['evidence', 'provenance, bill of materials, tests, vulnerabilities', 'signed by the pipeline, verified by the gatekeeper'],
      ['deployed', "by the gatekeeper's signed verdict", 'verified before anything was downloaded'],
    ]),
  ].join('\n\n');
}
