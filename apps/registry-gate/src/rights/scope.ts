import { ACTIONS, type Action } from './rights.table.ts';

/** `access` entry of a registry token, and the meaning of one `scope` parameter. */
export interface Access {
  type: 'repository' | 'registry';
  name: string;
  actions: string[];
}

/** Path components of a repository's name, OCI Distribution specification, "Pulling manifests": words between separators. */
const SEPARATOR = /\.|__|_|-+/;
const WORD = /^[a-z0-9]+$/;
const LONGEST_NAME = 255;

export function isRepository(name: string): boolean {
  return name.length <= LONGEST_NAME && name.split('/').every((component) => component.split(SEPARATOR).every((word) => WORD.test(word)));
}

/** Reads `repository:staging/catalog:pull,push` (Docker registry token scope). What it does not understand it leaves out. */
export function parseScopes(parameters: readonly string[]): Access[] {
  return parameters
    .flatMap((parameter) => parameter.split(' '))
    .flatMap((scope): Access[] => {
      const [, type, name = '', actions = ''] = /^(repository|registry):([^:]+):([a-z*,]+)$/.exec(scope) ?? [];
      if (type === 'registry' && name === 'catalog' && actions === '*') return [{ type, name, actions: ['*'] }];
      if (type !== 'repository' || !isRepository(name)) return [];
      return [{ type, name, actions: actions.split(',') }];
    });
}

/** Of the actions that were asked for, those that are granted; `*` asks for all. */
export function intersect(asked: readonly string[], granted: readonly Action[]): Action[] {
  return ACTIONS.filter((action) => granted.includes(action) && (asked.includes(action) || asked.includes('*')));
}
