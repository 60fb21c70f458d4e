import type { FleetSimulation } from './fleet.simulation.ts';

/** Those that are not on their way out. */
export function live(simulation: FleetSimulation): FleetSimulation['bodies'] {
  return simulation.bodies.filter(({ gone }) => gone === undefined);
}

/** How many were begun. */
export function adds(simulation: FleetSimulation): number {
  return simulation.history.filter(({ action }) => action.kind === 'add').length;
}
