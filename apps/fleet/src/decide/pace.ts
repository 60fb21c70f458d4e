/** How fast the fleet acts, in ms. Numbers that a test or a figure depends on; see docs/decisions/fleet.md. */
export const PACE = {
  /** load is averaged over this long */
  loadWindow: 700,
  /** load must have been low for this long before replicas go: ten peaks of it cost less than one too few */
  calmWindow: 15_000,
  /** between one replica that goes and the next */
  stepDown: 2_000,
  /** a replica that the edge found up, and that no longer answers its checks, hangs */
  hungAfter: 1_000,
  /** a replica that says it is not ready, while others are */
  failingAfter: 10_000,
  /** a replica of which the engine does not tell: it may only be busy, as after a moment in which the whole machine stood still */
  missingAfter: 10_000,
  /** from start to ready, on a busy laptop */
  startDeadline: 20_000,
  /** from made to started, on an engine that is busy: a process that began later is not the first of its container */
  firstStart: 10_000,
  /** a new one must have been up this long before an old one goes for it */
  settle: 1_000,
  /** one that has drifted so soon after its start says that all of its kind do: others are made ever more slowly */
  youth: 30_000,
  /** the first wait after a replica that never got ready; doubled for each one more in a row */
  retryAfter: 1_000,
  retryAtMost: 30_000,
} as const;

/** Replicas of a new revision that may end before it is given up. One that had all its time and is not ready is enough. */
export const ATTEMPTS = 2;
/** The engine starts a process that ends again by itself; after this many times it is the fleet's turn. */
export const RESTARTS = 3;
/** How far the load must be below what one replica less could take: without it a load on the border would make replicas come and go. */
export const HEADROOM = 1.25;
/** Replicas above the wanted number while others are replaced. */
export const SURGE = 1;
