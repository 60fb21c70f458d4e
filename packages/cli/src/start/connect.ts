import { UserError } from '../errors.ts';
import { findCompose } from '../host/compose/compose.ts';
import { findEngine } from '../host/engine/engine.ts';
import { REPOSITORY } from '../host/paths.ts';
import { mainInstance } from '../instance.ts';
import { PlatformAccess } from '../platform/access.ts';
import { awaitReady } from '../platform/readiness.ts';
import Docker from 'dockerode';
import type { RunningPlatform } from './start-platform.ts';
import { readState } from './state.ts';

/** The platform that runs already; nothing is started. @throws UserError NOT_RUNNING */
export async function connectPlatform(): Promise<RunningPlatform> {
  const instance = mainInstance(REPOSITORY);
  const [{ engine }, compose, state] = [await findEngine(), await findCompose(), readState(instance)];
  if (engine === undefined || compose === undefined || state === undefined) throw notRunning();
  const access = new PlatformAccess(instance);
  await awaitReady(access, ['identity', 'registry'], 5_000).catch((cause: unknown) => {
    throw notRunning(cause);
  });
  return { instance, host: { engine, docker: new Docker({ socketPath: engine.socketPath }), compose: compose.command }, access, state };
}

function notRunning(cause?: unknown): UserError {
  return new UserError({
    code: 'NOT_RUNNING',
    message: 'The platform is not running',
    expected: 'a running platform',
    found: 'none that answers',
    remedy: 'npm start',
    cause,
  });
}
