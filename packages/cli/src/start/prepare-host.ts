import Docker from 'dockerode';
import { ensureCompose } from '../host/compose/ensure-compose.ts';
import { ensureEngine } from '../host/engine/ensure-engine.ts';
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

/**
 * Finds engine and compose, or makes them where that is possible, and makes sure that the engine holds nothing that is in the way.
 * @throws UserError as {@link ensureEngine}; HOST_NOT_READY when the project's name, subnets or data are taken; DECLINED
 */
export async function prepareHost(instance: Instance, progress: Progress, consent: Consent = askUser): Promise<Host> {
  const engine = await ensureEngine(progress);
  assertNoErrors(await examineEngineContent(engine, instance));
  await discardOrphans(engine, instance, progress, consent);
  return { engine, docker: new Docker({ socketPath: engine.socketPath }), compose: await ensureCompose(progress) };
}
