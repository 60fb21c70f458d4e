import { DESIRED_FILE } from '@seaworthy/contracts';
import { absolutePath, configGroup, variable, wholeNumber } from '@seaworthy/platform';

const path = (fallback: string) => absolutePath.default(fallback);

export class FleetConfig extends configGroup({
  /** the engine filter listens here for the fleet alone */
  engineSocket: variable('ENGINE_SOCKET', path('/run/engine/fleet.sock')),
  /** HAProxy's runtime socket of level `user`: questions alone */
  edgeSocket: variable('EDGE_SOCKET', path('/run/edge-stats/stats.sock')),
  /** what deploy wants */
  desiredFile: variable('DESIRED_FILE', path(DESIRED_FILE)),
  /** ms between two looks */
  interval: variable('INTERVAL_MS', wholeNumber(50, 60_000).default(300)),
}) {}
