import type { Progress } from '../decide/decision.ts';

/** One service as the fleet sees it: the answer of `GET /services`. */
export interface ServiceStatus {
  readonly service: string;
  /** the deployed revision, whether it is rolled out or not */
  readonly revision: string;
  /** which deploy the progress is of */
  readonly deploy?: string;
  readonly progress: Progress;
  /** replicas that the load wants */
  readonly wanted: number;
  readonly serving: number;
  /** requests in hand and waiting */
  readonly concurrency?: number;
  /** why nothing is done although something is wrong */
  readonly holding?: string;
  readonly replicas: readonly { readonly name: string; readonly revision: string; readonly state: string; readonly since: string }[];
}
