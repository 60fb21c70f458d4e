import { loadServiceCards } from '@seaworthy/supply-chain/build';

/** Runs before anything can be released, from what this machine built. */
const CONTROL_PLANE = new Set(['identity', 'registry-gate', 'gatekeeper', 'engine-filter', 'pipeline']);
/** Comes last: what it keeps must be there. */
const FLEET = 'fleet';

export interface RuntimeServices {
  /** every service of the runtime has an image of its name */
  readonly images: readonly string[];
  /** what replicas need: services of compose.yaml */
  readonly stores: readonly string[];
  /** one of each, kept by compose */
  readonly single: readonly string[];
  /** kept by the fleet; each has a one-shot of its own, `<name>-migrate`, that runs first */
  readonly replicated: readonly string[];
}

/** What serves users, as the service cards have it. */
export async function runtimeServices(root: string): Promise<RuntimeServices> {
  const cards = (await loadServiceCards(root)).filter(({ name }) => !CONTROL_PLANE.has(name));
  return {
    images: cards.map(({ name }) => name),
    stores: [...new Set(cards.flatMap(({ needs }) => Object.values(needs)))],
    single: cards.filter(({ name, scale }) => scale === undefined && name !== FLEET).map(({ name }) => name),
    replicated: cards.filter(({ scale }) => scale !== undefined).map(({ name }) => name),
  };
}
