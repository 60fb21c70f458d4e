import { OWNER_LABEL } from '@seaworthy/contracts';

/** Name of this control plane at the engine filter. */
const CLIENT = 'pipeline';
const RUN_LABEL = 'dev.seaworthy.run';

/** What is written on everything that a run makes, so that it can be found and removed by whoever comes next. */
export function runLabels(project: string, run: string): Record<string, string> {
  return { [OWNER_LABEL]: project, 'dev.seaworthy.engine-client': CLIENT, [RUN_LABEL]: run };
}

export function runName(project: string, run: string, part: string): string {
  return `${project}.${CLIENT}.${run}.${part}`;
}
