import type { ContainerFacts } from './container-facts.ts';
import type { RuntimePolicy } from './runtime.policy.ts';

/** One demand that a container does not meet. */
export interface RuntimeFinding {
  readonly container: string;
  /** of the rule, or `CONTAINER_NOT_DECLARED` */
  readonly code: string;
  /** expected, found, what to do */
  readonly message: string;
}

/** Everything against a container, not only the first. The same for what a compose file says and for what runs. Pure. */
export function judgeContainer({ containers, rules }: RuntimePolicy, container: ContainerFacts): RuntimeFinding[] {
  const allowed = containers[container.name];
  if (allowed === undefined) {
    const message = `expected a container that infra/policies/runtime.yaml names, found ${container.name}; declare what it may be and have`;
    return [{ container: container.name, code: 'CONTAINER_NOT_DECLARED', message }];
  }
  return rules
    .filter((rule) => !rule.holds(container, allowed))
    .map((rule) => ({
      container: container.name,
      code: rule.code,
      message: `${container.name}: expected ${rule.requires}, found ${rule.show(container, allowed)}; ${rule.remedy}`,
    }));
}
