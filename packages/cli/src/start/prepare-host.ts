import Docker from 'dockerode';
import { ensureCompose } from '../host/compose/ensure-compose.ts';
import { planEngine } from '../host/engine/ensure-engine.ts';
import type { Engine } from '../host/engine/engine.ts';
import { examineEngineContent } from '../host/examine.ts';
import { assertNoErrors } from '../host/findings/finding.ts';
import type { Instance } from '../instance.ts';
import { discardOrphans } from '../remove/discard-orphans.ts';
import { askUser, type Consent } from '../ui/agree.ts';
import type { Progress } from '../ui/progress.ts';

/** The tools on this machine that run containers. */
export interface Host {
  readonly engine: Engine;
  readonly docker: Docker;
  /** starts compose v2 */
  readonly compose: readonly string[];
}

/** How a host is made ready, once nobody has to be asked any more whether this machine may be changed. */
export interface HostPlan {
  /** whether an engine is installed for it: what needs none can be done meanwhile */
  readonly installs: boolean;
  /** @throws UserError as {@link EnginePlan.make}; HOST_NOT_READY when the project's name, subnets or data are taken; DECLINED */
  readonly prepare: () => Promise<Host>;
}

/**
 * Finds engine and compose, or makes them where that is possible, and makes sure that the engine holds nothing that is in the way.
 * @throws UserError as {@link planHost} and {@link HostPlan.prepare}
 */
export async function prepareHost(instance: Instance, progress: Progress, consent?: Consent): Promise<Host> {
  const plan = await planHost(instance, progress, consent);
  return plan.prepare();
}

/** @throws UserError as {@link planEngine} */
export async function planHost(instance: Instance, progress: Progress, consent: Consent = askUser): Promise<HostPlan> {
  const { installs, make } = await planEngine(progress);
  const prepare = async (): Promise<Host> => {
    const engine = await make();
    assertNoErrors(await examineEngineContent(engine, instance));
    await discardOrphans(engine, instance, progress, consent);
    return { engine, docker: new Docker({ socketPath: engine.socketPath }), compose: await ensureCompose(progress) };
  };
  return { installs, prepare };
}
