import type { CopyChange, DrillPlatform } from './platform.ts';

/** What an attack came to. Only a refusal with the drill's own code counts as the control's work. */
export type Outcome =
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly facts?: Facts }
  | {
      readonly kind: 'succeeded';
      readonly reason: string;
      /** What the attack tried besides, and did not get. Never a reason to call it refused: one of several targets reached is a breach. */
      readonly withheld?: readonly string[];
      readonly facts?: Facts;
    };

/** What was observed, as evidence for people: bytes downloaded, connections seen, and so on. */
export type Facts = Readonly<Record<string, string | number>>;

/** One attack on the running platform. It lives in `<area>/<id>/`, and its path is its id. */
export interface Drill {
  readonly title: string;
  /** ids of the practices that it proves */
  readonly practices: readonly string[];
  /** what the attacker has, and does */
  readonly attack: string;
  /** what stops it */
  readonly control: string;
  /** the closed set of codes that count as the expected refusal */
  readonly refusals: readonly string[];
  /** Runs the real attack, and takes away what it left. */
  run(platform: DrillPlatform): Promise<Outcome>;
  /** takes long: left out of `npm test`, and part of `npm run test:all` */
  readonly slow?: true;
  /** How a throw-away copy of the platform is changed, from outside, so that the control is gone. */
  readonly withoutControl: CopyChange;
}

/** One line of `npm run drill -- --json`. */
export interface DrillResult {
  readonly id: string;
  readonly practice: readonly string[];
  readonly control: 'present' | 'removed';
  readonly outcome: 'refused' | 'succeeded' | 'error';
  /** whether the outcome is the one that proves the control */
  readonly passed: boolean;
  readonly code?: string;
  readonly reason: string;
  readonly facts?: Facts;
  readonly durationMs: number;
}

/**
 * Runs a drill once. With its control present it passes only by the expected refusal; with it removed, only if the attack succeeds, and
 * with all that it tried: what is refused there is not the control's work.
 */
export async function runDrill(id: string, drill: Drill, platform: DrillPlatform, control: DrillResult['control']): Promise<DrillResult> {
  const since = performance.now();
  const base = { id, practice: drill.practices, control };
  const durationMs = (): number => Math.round(performance.now() - since);
  try {
    const outcome = await drill.run(platform);
    const withheld = control === 'removed' && outcome.kind === 'succeeded' ? (outcome.withheld ?? []) : [];
    if (withheld.length > 0)
      throw new Error(
        `expected all of the attack to succeed without its control, found refused: ${withheld.join(', ')}; ${outcome.reason}`,
      );
    const code = outcome.kind === 'refused' ? outcome.code : undefined;
    const expected =
      control === 'present' ? outcome.kind === 'refused' && drill.refusals.includes(outcome.code) : outcome.kind === 'succeeded';
    return {
      ...base,
      outcome: outcome.kind,
      passed: expected,
      ...(code === undefined ? {} : { code }),
      reason: outcome.reason,
      ...(outcome.facts === undefined ? {} : { facts: outcome.facts }),
      durationMs: durationMs(),
    };
  } catch (error) {
    // an attack that could not be tried proves nothing, whichever way it went wrong
    return {
      ...base,
      outcome: 'error',
      passed: false,
      reason: error instanceof Error ? error.message : String(error),
      durationMs: durationMs(),
    };
  }
}
