export function notWritable(folder: string): { expected: string; found: string; remedy: string } | undefined;
