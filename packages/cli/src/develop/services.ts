import type { ServiceCard } from '@seaworthy/policy';
import { loadServiceCards } from '@seaworthy/supply-chain/build';
import { UserError } from '../errors.ts';
import { calledServices, declaredVariables } from './declared-variables.ts';
import { STORE_KINDS, storeFor } from './stores/stores.ts';

/** A service to develop, and where it is wanted: at the same ports whatever else is developed, so that an editor finds its debugger. */
export interface ChosenService {
  readonly card: ServiceCard;
  readonly port: number;
  readonly debugPort: number;
  /** false: it comes along because another one calls it */
  readonly named: boolean;
  /** as compose.yaml has them */
  readonly variables: Readonly<Record<string, string>>;
}

/** What can be developed, and why the others cannot. */
export interface Choice {
  readonly services: readonly ChosenService[];
  readonly leftOut: readonly string[];
}

/** The first service's; the others follow. Node's own first debugger port is what editors expect. */
const FIRST_PORT = 7443;
const FIRST_DEBUG_PORT = 9229;

/** Instead of a name, or beside some. */
const ALL = 'all';

/** The owner whose services are the platform: they are nothing without its keys, which no development stack may hold. */
const PLATFORM = 'platform';
/** But this one: with keys that are thrown away it gives tokens that nobody else believes. */
export const IDENTITY = 'identity';

/**
 * The services that the names mean, each one that is named, or all that can run on throw-away stores; and those that they call.
 * @throws UserError USAGE for a name that nobody has, or whose service needs more than that
 */
export async function chooseServices(root: string, names: readonly string[]): Promise<Choice> {
  const cards = await loadServiceCards(root);
  const variables = await declaredVariables(root);
  const able = cards.filter((card) => obstacle(card) === undefined);
  const wantsAll = names.length === 0 || names.includes(ALL);
  for (const name of names) if (name !== ALL) requireAble(name, cards, able);
  const named = wantsAll ? able.map(({ name }) => name) : names;
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const card = able.find((one) => one.name === name);
    if (card === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const other of [...calledServices(variables[name]), ...(card.secrets.includes('client-secret') ? [IDENTITY] : [])]) want(other);
  };
  for (const name of named) want(name);
  const places = able.map((card, index) => ({
    card,
    port: FIRST_PORT + index,
    debugPort: FIRST_DEBUG_PORT + index,
    named: named.includes(card.name),
    variables: variables[card.name] ?? {},
  }));
  return {
    services: places.filter(({ card }) => wanted.has(card.name)),
    leftOut: wantsAll ? cards.filter((card) => !able.includes(card)).map((card) => `${card.name}: ${obstacle(card)}`) : [],
  };
}

function requireAble(name: string, cards: readonly ServiceCard[], able: readonly ServiceCard[]): void {
  if (able.some((card) => card.name === name)) return;
  const known = cards.find((card) => card.name === name);
  throw new UserError({
    code: 'USAGE',
    message: known ? `${name} cannot run on its own: ${obstacle(known)}` : `There is no service ${name}`,
    expected: [ALL, ...able.map((card) => card.name)].join(', '),
    found: name,
    remedy: known ? `npm run test:watch ${name} for its tests, npm start for the whole platform` : 'npm run dev -- --help',
  });
}

/** Undefined for a service that starts with secrets that are made up. */
export function whyPlatformOnly({ name, owner }: ServiceCard): string | undefined {
  return owner === PLATFORM && name !== IDENTITY ? 'it is part of the platform and needs its keys' : undefined;
}

function obstacle(card: ServiceCard): string | undefined {
  const reason = whyPlatformOnly(card);
  if (reason !== undefined) return reason;
  const unknown = Object.values(card.needs).filter((need) => storeFor(need) === undefined);
  return unknown.length === 0 ? undefined : `it needs ${unknown.join(', ')}; only ${STORE_KINDS.join(', ')} can be thrown away`;
}
