import { join } from 'node:path';
import { readHolder } from '../../../bin/process-lock.mjs';
import type { PlatformContainer } from '../platform-objects.ts';
import type { Finding } from './finding.ts';

const EXPECTED = 'nothing half-finished';

/** What an earlier run may have left: another command at work, containers of jobs, services that ended. */
export async function examineLeftovers(containers: readonly PlatformContainer[], stateDir: string): Promise<Finding[]> {
  const holder = readHolder(join(stateDir, 'lock'));
  const busy = holder && holder.pid !== process.pid;
  // what a pipeline that runs has made is its own work, such as the packages that it keeps between runs; it removes what is left over
  const isPipelineUp = containers.some(({ service, state }) => service === 'pipeline' && state === 'running');
  const jobs = isPipelineUp ? [] : containers.filter(({ service }) => service === undefined);
  const broken = containers.filter(
    ({ service, state, status }) =>
      service !== undefined && (state === 'dead' || state === 'restarting' || (state === 'exited' && !status.startsWith('Exited (0)'))),
  );
  const found: string[] = [];
  if (busy) found.push(`${holder.purpose} is running (pid ${holder.pid})`);
  if (!busy && jobs.length > 0) found.push(`${jobs.length} container(s) of an earlier run's jobs`);
  if (broken.length > 0) found.push(`not running as they should: ${broken.map(({ service }) => service).join(', ')}`);
  if (found.length === 0) return [{ id: 'earlier run', level: 'ok', expected: EXPECTED, found: 'nothing' }];
  const remedy = busy
    ? 'wait until it is done'
    : 'npm start picks it up; docker compose logs says why a service ended; npm run clean begins anew';
  return [{ id: 'earlier run', level: 'warning', expected: EXPECTED, found: found.join('; '), remedy }];
}
