/** How a charge goes. */
export interface Behaviour {
  decline?: 'card-declined' | 'insufficient-funds';
  /** the first so many requests for a key get 503, and nothing is charged yet */
  failures?: number;
  /** ms that the answer to the request that charged takes; whoever asks again is answered at once */
  delay?: number;
  /** the request that charged is cut without an answer */
  cut?: boolean;
}

/**
 * Numbers by which a tester chooses what happens, as providers have them for their sandboxes. None belongs to anybody. Every other number is
 * charged at once.
 */
export const TEST_CARDS: Readonly<Record<string, Behaviour>> = {
  '4000000000000002': { decline: 'card-declined' },
  '4000000000009995': { decline: 'insufficient-funds' },
  '4000000000000119': { failures: 4 },
  '4000000000000259': { delay: 5_000 },
  '4000000000000341': { cut: true },
};

export function behaviourOf(number: string): Behaviour {
  return Object.hasOwn(TEST_CARDS, number) ? (TEST_CARDS[number] ?? {}) : {};
}
