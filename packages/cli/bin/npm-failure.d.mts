export function npmError(verb: string, code: number | null, output: string): Error & { exitCode: number };
