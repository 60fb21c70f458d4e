import { join } from 'node:path';
import { loadServiceCard, type ServiceCard } from '@seaworthy/policy';
import { serviceNames } from '@seaworthy/supply-chain/build';
import { UserError } from '../errors.ts';
import { isStore, STORES } from './stores/stores.ts';

/** What can be developed alone, and why the others cannot. */
export interface Choice {
  readonly cards: readonly ServiceCard[];
  readonly leftOut: readonly string[];
}

/** The owner whose services are the platform: they are nothing without its keys, which no development stack may hold. */
const PLATFORM = 'platform';

/**
 * The services that the names mean: each one that is named, or all that can run on throw-away stores.
 * @throws UserError USAGE for a name that nobody has, or whose service needs more than that
 */
export async function chooseServices(root: string, names: readonly string[]): Promise<Choice> {
  const cards = await Promise.all(serviceNames(root).map(async (name) => loadServiceCard(join(root, 'apps', name))));
  const able = cards.filter((card) => obstacle(card) === undefined);
  const wantsAll = names.length === 0 || (names.length === 1 && names[0] === 'all');
  if (wantsAll) {
    const leftOut = cards.filter((card) => !able.includes(card)).map((card) => `${card.name}: ${obstacle(card)}`);
    return { cards: able, leftOut };
  }
  for (const name of names) requireAble(name, cards, able);
  return { cards: able.filter(({ name }) => names.includes(name)), leftOut: [] };
}

function requireAble(name: string, cards: readonly ServiceCard[], able: readonly ServiceCard[]): void {
  if (able.some((card) => card.name === name)) return;
  const known = cards.find((card) => card.name === name);
  throw new UserError({
    code: 'USAGE',
    message: known ? `${name} cannot run on its own: ${obstacle(known)}` : `There is no service ${name}`,
    expected: ['all', ...able.map((card) => card.name)].join(', '),
    found: name,
    remedy: known ? `npm run test:watch ${name} for its tests, npm start for the whole platform` : 'npm run dev -- --help',
  });
}

function obstacle({ owner, needs }: ServiceCard): string | undefined {
  if (owner === PLATFORM) return 'it is part of the platform and needs its keys';
  const unknown = Object.values(needs).filter((store) => !isStore(store));
  return unknown.length === 0 ? undefined : `it needs ${unknown.join(', ')}; only ${Object.keys(STORES).join(' and ')} can be thrown away`;
}
