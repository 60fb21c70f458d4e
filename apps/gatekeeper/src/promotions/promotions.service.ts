import { Inject, Injectable } from '@nestjs/common';
import { isOciError, RegistryClient } from '@seaworthy/oci';
import { AuditLog, ProblemError, type Identity } from '@seaworthy/platform';
import type { Policies } from '@seaworthy/policy';
import { isVerificationError, judge, loadTrust, promote, verifyRelease, type Judgement, type Promotion } from '@seaworthy/supply-chain';
import { GatekeeperConfig } from '../gatekeeper.config.ts';
import type { PromotionAddress, PromotionBody } from './promotion.schema.ts';
import { Turns } from './turns.ts';

export const POLICIES = Symbol('policies');

@Injectable()
export class PromotionsService {
  /** two promotions of one image would race for its tags */
  readonly #turns = new Turns();
  readonly #registry: RegistryClient;
  readonly #policies: Policies;
  readonly #config: GatekeeperConfig;
  readonly #audit: AuditLog;

  constructor(registry: RegistryClient, @Inject(POLICIES) policies: Policies, config: GatekeeperConfig, audit: AuditLog) {
    this.#registry = registry;
    this.#policies = policies;
    this.#config = config;
    this.#audit = audit;
  }

  async promote(request: PromotionBody, caller: Identity): Promise<Promotion> {
    const started = performance.now();
    const promotion = await this.#turns.take(request.repository, async () =>
      orProblem(promote({ ...(await this.#authority()), key: this.#config.signingKey }, request)),
    );
    this.#audit.write({
      msg: 'promotion',
      caller: `${caller.kind}:${caller.name}`,
      ...summary(promotion),
      tag: request.tag,
      durationMs: Math.round(performance.now() - started),
    });
    if (promotion.allowed) return promotion;
    throw new ProblemError({
      status: 422,
      code: 'PROMOTION_REFUSED',
      detail: `${promotion.image} is not released: ${promotion.reasons.length} reasons`,
      extensions: { ...promotion },
    });
  }

  async find({ image, digest }: PromotionAddress): Promise<Judgement & { released: boolean }> {
    const authority = await this.#authority();
    const { judgement } = await orProblem(judge(authority, { repository: `staging/${image}`, digest }));
    const maxAgeSeconds = authority.policies.tiers[judgement.tier ?? 'restricted'].evidenceMaxAgeDays * 86_400;
    const released = verifyRelease({ ...authority, repository: `release/${image}`, digest, maxAgeSeconds }).then(
      () => true,
      (error: unknown) => {
        if (isVerificationError(error) || isOciError(error, 'NOT_FOUND')) return false;
        throw error;
      },
    );
    return { ...judgement, released: await orProblem(released) };
  }

  async #authority() {
    return { registry: this.#registry, policies: this.#policies, trust: await loadTrust(this.#config.trustFile) };
  }
}

function summary({ image, digest, tier, allowed, reasons, excused, released }: Promotion) {
  return {
    image,
    digest,
    tier,
    allowed,
    reasons: reasons.map(({ code }) => code),
    excused: excused.map(({ exception }) => exception),
    released,
  };
}

/**
 * The registry's trouble is not the caller's fault, and is told apart from a refusal. Of tags it says nothing: a promotion that fails between
 * its two has moved one of them, to an image that is complete and verified, and another try moves the other.
 */
async function orProblem<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!isOciError(cause)) throw cause;
    const detail =
      cause.code === 'UNREACHABLE'
        ? 'the registry does not answer; try again'
        : `the registry refused the gatekeeper (${cause.code}); try again once it does not`;
    throw new ProblemError({ status: 503, code: 'UNAVAILABLE', detail, cause });
  }
}
