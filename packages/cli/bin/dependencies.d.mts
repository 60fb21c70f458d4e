export function dependenciesAreInstalled(root: string): boolean;
export function installDependencies(root: string, env: Readonly<Record<string, string | undefined>>): Promise<void>;
