import { Injectable } from '@nestjs/common';

/** One fact about a service's fitness. `check` resolves when all is well and throws when not. */
export interface HealthCheck {
  name: string;
  /**
   * `alive`: a failure means that this process is broken and only a new one helps.
   * `required`: what is needed for any answer; a failure takes the replica out of the balance, and back when it returns.
   * `optional`: what makes answers better or quicker; a failure is told as `degraded`, and traffic keeps coming.
   */
  kind: 'alive' | 'required' | 'optional';
  check: () => Promise<void> | void;
}

/** Where modules tell what they depend on; the probes ask here. */
@Injectable()
export class HealthRegistry {
  readonly #checks = new Map<string, HealthCheck>();

  register(check: HealthCheck): void {
    this.#checks.set(check.name, check);
  }

  /** Does the check of that name fail now? One that nobody has registered does not. */
  async fails(name: string): Promise<boolean> {
    try {
      await this.#checks.get(name)?.check();
      return false;
    } catch {
      return true;
    }
  }

  checks(...kinds: HealthCheck['kind'][]): HealthCheck[] {
    return [...this.#checks.values()].filter(({ kind }) => kinds.includes(kind));
  }
}
