import Docker from 'dockerode';
import { ensureCompose } from '../host/compose/ensure-compose.ts';
import { ensureEngine } from '../host/engine/ensure-engine.ts';
import type { Engine } from '../host/engine/engine.ts';
import type { Progress } from '../ui/progress.ts';

/** The tools on this machine that run containers. */
export interface Host {
  readonly engine: Engine;
  readonly docker: Docker;
  /** starts compose v2 */
  readonly compose: readonly string[];
}

/** Finds engine and compose, or makes them where that is possible. */
export async function prepareHost(progress: Progress): Promise<Host> {
  const engine = await ensureEngine(progress);
  return { engine, docker: new Docker({ socketPath: engine.socketPath }), compose: await ensureCompose(progress) };
}
