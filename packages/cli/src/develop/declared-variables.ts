import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { INTERNAL_DOMAIN } from '@seaworthy/contracts';
import { readComposeFile } from '@seaworthy/policy/runtime';

/** Variables by the name of the service that compose.yaml gives them to. */
export type DeclaredVariables = Readonly<Record<string, Readonly<Record<string, string>>>>;

const DATA = /^\/var\/lib\//;

/** What compose.yaml says of each service's environment: the one place where it is said. */
export async function declaredVariables(root: string): Promise<DeclaredVariables> {
  const services = Object.entries(await readComposeFile(join(root, 'compose.yaml')));
  return Object.fromEntries(
    services.map(([service, { environment }]) => [
      service,
      Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)])),
    ]),
  );
}

/** Services that one is told to call. */
export function calledServices(variables: Readonly<Record<string, string>> = {}): string[] {
  return Object.values(variables).flatMap((value) => calledBy(value) ?? []);
}

/** The same variables for a process of this host: who is called answers elsewhere, and data lies in the folder `dir`, which is made. */
export function variablesHere(
  variables: Readonly<Record<string, string>> = {},
  { dir, urlOf }: { readonly dir: string; readonly urlOf: (service: string) => string | undefined },
): Record<string, string> {
  const here = (value: string): string => {
    if (!DATA.test(value)) return urlOf(calledBy(value) ?? '') ?? value;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    return join(dir, basename(value));
  };
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, here(value)]));
}

function calledBy(value: string): string | undefined {
  const { hostname } = URL.canParse(value) ? new URL(value) : { hostname: '' };
  return hostname.endsWith(`.${INTERNAL_DOMAIN}`) ? hostname.slice(0, -INTERNAL_DOMAIN.length - 1) : undefined;
}
