import { OWNER_LABEL } from '@seaworthy/contracts';

/** Name of this control plane at the engine filter. */
const CLIENT = 'pipeline';
const CLIENT_LABEL = 'dev.seaworthy.engine-client';
const RUN_LABEL = 'dev.seaworthy.run';

/** What is written on everything that a run makes, so that it can be found and removed by whoever comes next. */
export function runLabels(project: string, run: string): Record<string, string> {
  return { [OWNER_LABEL]: project, [CLIENT_LABEL]: CLIENT, [RUN_LABEL]: run };
}

/** Whether the labels are those of what the pipeline of this project made. */
export function isOwn(labels: Readonly<Record<string, string>>, project: string): boolean {
  return labels[OWNER_LABEL] === project && labels[CLIENT_LABEL] === CLIENT;
}

export function runName(project: string, run: string, part: string): string {
  return `${project}.${CLIENT}.${run}.${part}`;
}

/** Whether it was made for this run, or for this set of packages. */
export function isOf(labels: Readonly<Record<string, string>>, run: string | undefined): boolean {
  return run !== undefined && labels[RUN_LABEL] === run;
}

/** Whether a name is one of {@link runName}: an image can bring a container labels, and no name. */
export function isOwnName(name: string, project: string): boolean {
  return name.startsWith(`${project}.${CLIENT}.`);
}
