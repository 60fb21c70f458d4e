export function explainNpm(verb: string, code: number | null, output: string): string;
