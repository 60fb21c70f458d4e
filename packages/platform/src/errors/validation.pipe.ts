import { StandardSchemaValidationPipe } from '@nestjs/common';
import type { ArgumentMetadata } from '@nestjs/common';
import { ProblemError } from './problem.ts';

interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

class InvalidInput extends Error {
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super('invalid input');
    this.issues = issues;
  }
}

/** How many issues one answer lists: a request can hold thousands of mistakes. */
const MOST_ISSUES = 20;

/** Checks what carries a schema (`@Body({ schema })`, `@Query({ schema })`): 422 for a body, 400 for what stands in the address. */
export class ProblemValidationPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: (issues) => new InvalidInput(issues) });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    try {
      return await super.transform<T>(value, metadata);
    } catch (error) {
      if (error instanceof InvalidInput) throw validationProblem(error.issues, metadata.type);
      throw error;
    }
  }
}

function validationProblem(issues: readonly Issue[], place: ArgumentMetadata['type']): ProblemError {
  return new ProblemError({
    status: place === 'body' ? 422 : 400,
    code: 'VALIDATION_FAILED',
    detail: `the ${place} is not valid`,
    extensions: { errors: issues.slice(0, MOST_ISSUES).map((issue) => ({ detail: issue.message, pointer: pointer(issue) })) },
  });
}

/** JSON Pointer as a URI fragment, RFC 6901 section 6. */
function pointer({ path = [] }: Issue): string {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part));
  return ['#', ...keys.map((key) => encodeURIComponent(key.replaceAll('~', '~0').replaceAll('/', '~1')))].join('/');
}
