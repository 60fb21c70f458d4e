import { readFileSync } from 'node:fs';
import { REALMS, WORKLOADS, type Realm } from '@seaworthy/contracts';
import { ConfigError, type Identity } from '@seaworthy/platform';
import { parse } from 'yaml';
import { z } from 'zod';

export const ACTIONS = ['pull', 'push', 'delete'] as const;
export type Action = (typeof ACTIONS)[number];

const grants = z.partialRecord(z.enum(REALMS), z.array(z.enum(ACTIONS)).min(1));
const table = z.strictObject({
  workloads: z.partialRecord(z.enum(WORKLOADS), grants).default({}),
  roles: z.record(z.string(), grants).default({}),
  catalog: z
    .strictObject({ workloads: z.array(z.enum(WORKLOADS)).default([]), roles: z.array(z.string()).default([]) })
    .default({ workloads: [], roles: [] }),
});

export type RightsDocument = z.infer<typeof table>;
type Holder = Pick<Identity, 'kind' | 'name' | 'roles'>;

/** The registry's rights by identity. A person has the rights of all their roles; what is not in the table is refused. */
export class RightsTable {
  readonly #table: RightsDocument;

  /** @throws ConfigError naming the file and the place in it */
  static read(path: string): RightsTable {
    try {
      return new RightsTable(table.parse(parse(readFileSync(path, 'utf8'))));
    } catch (error) {
      const problem =
        error instanceof z.ZodError
          ? error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join(', ')
          : 'expected a readable YAML file';
      throw new ConfigError([`RIGHTS_FILE: ${path}: ${problem}`]);
    }
  }

  constructor(document: z.input<typeof table>) {
    this.#table = table.parse(document);
  }

  /** What the identity may do in the repository. */
  actions(identity: Holder, repository: string): readonly Action[] {
    const realm = repository.slice(0, Math.max(repository.indexOf('/'), 0));
    if (!isRealm(realm)) return [];
    const granted = this.#grantsOf(identity).flatMap((grant) => grant[realm] ?? []);
    return ACTIONS.filter((action) => granted.includes(action));
  }

  mayList(identity: Holder): boolean {
    const { workloads, roles } = this.#table.catalog;
    return identity.kind === 'workload'
      ? workloads.some((name) => name === identity.name)
      : identity.roles.some((role) => roles.includes(role));
  }

  #grantsOf({ kind, name, roles }: Holder): readonly Partial<Record<Realm, Action[]>>[] {
    const [source, keys] = kind === 'workload' ? [this.#table.workloads, [name]] : [this.#table.roles, roles];
    return keys.flatMap((key) =>
      Object.hasOwn(source, key) ? [(source as Record<string, Partial<Record<Realm, Action[]>>>)[key] ?? {}] : [],
    );
  }
}

function isRealm(text: string): text is Realm {
  return REALMS.some((realm) => realm === text);
}
