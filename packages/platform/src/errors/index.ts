export { PROBLEM_MEDIA_TYPE, ProblemError, problemDocument } from './problem.ts';
export type { PlatformProblemCode, ProblemDocument, ProblemOptions } from './problem.ts';
export { ProblemFilter } from './problem.filter.ts';
export { toProblem } from './to-problem.ts';
export { ProblemValidationPipe } from './validation.pipe.ts';
