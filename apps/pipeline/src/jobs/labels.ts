import { OWNER_LABEL } from '@seaworthy/contracts';

/** Name of this control plane at the engine filter. */
const CLIENT = 'pipeline';
const CLIENT_LABEL = 'dev.seaworthy.engine-client';
const RUN_LABEL = 'dev.seaworthy.run';

/** What is written on everything that a run makes, so that it can be found and removed by whoever comes next. */
export function runLabels(project: string, run: string): Record<string, string> {
  return { [OWNER_LABEL]: project, [CLIENT_LABEL]: CLIENT, [RUN_LABEL]: run };
}

/** Whether a container or a volume was made by the pipeline of this project. */
export function isOwn(labels: Readonly<Record<string, string>>, project: string): boolean {
  return labels[OWNER_LABEL] === project && labels[CLIENT_LABEL] === CLIENT;
}

export function runName(project: string, run: string, part: string): string {
  return `${project}.${CLIENT}.${run}.${part}`;
}
