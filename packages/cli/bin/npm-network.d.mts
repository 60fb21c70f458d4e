type Environment = Record<string, string | undefined>;
export function npmNetwork(env: Environment): { registry?: string; cafile?: string; proxy?: string; httpsProxy?: string; noProxy?: string };
export function networkEnvironment(env: Environment): Environment;
export function npmRegistries(folder: string, env: Environment): (name: string) => string | undefined;
export function npmRegistry(env: Environment): string | undefined;
