import { Environment } from '@marcbachmann/cel-js';
import { z } from 'zod';
import { PolicyError } from '../error.ts';
import type { ContainerFacts } from './container-facts.ts';
import type { Allowance } from './runtime.policy.ts';

/** `infra/policies/runtime/<rule>.yaml`: one demand, with examples as people write them in a compose file. */
export const ruleSchema = z.strictObject({
  code: z.string().regex(/^[A-Z][A-Z_]+$/, 'expected upper-case letters and underscores'),
  /** CEL over `container` and `allowed`: true when the demand is met */
  requires: z.string(),
  /** CEL: what to show when it is not */
  found: z.string(),
  remedy: z.string(),
  /** services of a compose file, laid over one that meets all rules */
  good: z.array(z.record(z.string(), z.unknown())).min(1),
  bad: z.array(z.record(z.string(), z.unknown())).min(1),
});

export interface RuntimeRule extends z.output<typeof ruleSchema> {
  readonly file: string;
  readonly holds: (container: ContainerFacts, allowed: Allowance) => boolean;
  readonly show: (container: ContainerFacts, allowed: Allowance) => string;
}

const environment = new Environment().registerVariable('container', 'map').registerVariable('allowed', 'map');

/** @throws PolicyError when an expression is no CEL, or does not answer with a boolean where it is used */
export function compileRule(file: string, rule: z.output<typeof ruleSchema>): RuntimeRule {
  const [requires, found] = [compile(file, 'requires', rule.requires), compile(file, 'found', rule.found)];
  return {
    ...rule,
    file,
    holds: (container, allowed) => {
      const answer = requires({ container, allowed });
      if (typeof answer === 'boolean') return answer;
      throw malformed(file, `requires: expected an expression that is true or false, found one that is ${typeof answer}`);
    },
    show: (container, allowed) => {
      const answer = found({ container, allowed });
      return Array.isArray(answer) ? answer.join(', ') || 'none' : String(answer) || 'nothing';
    },
  };
}

function compile(file: string, path: string, expression: string): (variables: object) => unknown {
  try {
    const program = environment.parse(expression);
    return (variables) => program(variables);
  } catch (cause) {
    throw malformed(file, `${path}: expected CEL, found: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function malformed(file: string, message: string, cause?: unknown): PolicyError {
  return new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: `${file}: ${message}`, cause });
}
