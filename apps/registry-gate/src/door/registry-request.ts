import type { Action } from '../rights/rights.table.ts';
import { isRepository } from '../rights/scope.ts';

/** What a request to the registry is about. Only what this names is passed on, written anew from its parts. */
export interface RegistryRequest {
  kind: 'base' | 'catalog' | 'manifest' | 'blob' | 'upload' | 'tags' | 'referrers';
  repository: string;
  /** tag or digest */
  reference: string;
  action: Action | 'none' | 'list';
  /** repository from which a blob shall be mounted */
  mountFrom: string | undefined;
  /** path and query for the registry behind */
  target: string;
}

interface Route {
  kind: RegistryRequest['kind'];
  path: RegExp;
  methods: Readonly<Record<string, RegistryRequest['action']>>;
  parameters: readonly string[];
}

const DIGEST = 'sha256:[a-f0-9]{64}';
const TAG = '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}';
const NAME = '([a-z0-9._/-]+)';

/** The endpoints of the OCI Distribution specification 1.1, section "Endpoints", and the catalogue of Docker's API. */
const ROUTES: readonly Route[] = [
  { kind: 'base', path: /^\/v2\/?$/, methods: { GET: 'none', HEAD: 'none' }, parameters: [] },
  { kind: 'catalog', path: /^\/v2\/_catalog$/, methods: { GET: 'list' }, parameters: ['n', 'last'] },
  {
    kind: 'manifest',
    path: new RegExp(`^/v2/${NAME}/manifests/(${TAG}|${DIGEST})$`),
    methods: { GET: 'pull', HEAD: 'pull', PUT: 'push', DELETE: 'delete' },
    parameters: [],
  },
  {
    kind: 'blob',
    path: new RegExp(`^/v2/${NAME}/blobs/(${DIGEST})$`),
    methods: { GET: 'pull', HEAD: 'pull', DELETE: 'delete' },
    parameters: [],
  },
  {
    kind: 'upload',
    path: new RegExp(`^/v2/${NAME}/blobs/uploads/?()$`),
    methods: { POST: 'push' },
    parameters: ['digest', 'mount', 'from'],
  },
  {
    kind: 'upload',
    path: new RegExp(`^/v2/${NAME}/blobs/uploads/([\\w=-]{1,128})$`),
    methods: { GET: 'push', HEAD: 'push', PATCH: 'push', PUT: 'push', DELETE: 'push' },
    parameters: ['_state', 'digest'],
  },
  { kind: 'tags', path: new RegExp(`^/v2/${NAME}/tags/list()$`), methods: { GET: 'pull' }, parameters: ['n', 'last'] },
  { kind: 'referrers', path: new RegExp(`^/v2/${NAME}/referrers/(${DIGEST})$`), methods: { GET: 'pull' }, parameters: ['artifactType'] },
];

/**
 * Reads a request strictly: no escapes, no empty or dotted path components, known parameters once each. What it does not know
 * is `undefined`, and is refused, so nothing can mean one thing here and another to the registry.
 */
export function readRequest(method: string, url: string): RegistryRequest | undefined {
  const [path = '', search = ''] = url.split('?', 2);
  for (const route of ROUTES) {
    const match = route.path.exec(path);
    if (!match) continue;
    const [, repository = '', reference = ''] = match;
    const action = route.methods[method];
    const parameters = readParameters(search, route.parameters);
    if (!action || !parameters || (repository !== '' && !isRepository(repository))) continue;
    return { kind: route.kind, repository, reference, action, ...target(path, parameters) };
  }
  return undefined;
}

function readParameters(search: string, known: readonly string[]): URLSearchParams | undefined {
  const parameters = new URLSearchParams(search);
  const keys = [...parameters.keys()];
  const sound = keys.every((key) => known.includes(key)) && new Set(keys).size === keys.length;
  return sound && isSound(parameters) ? parameters : undefined;
}

function isSound(parameters: URLSearchParams): boolean {
  const digests = ['digest', 'mount'].flatMap((key) => parameters.getAll(key));
  return digests.every((digest) => new RegExp(`^${DIGEST}$`).test(digest)) && parameters.getAll('from').every(isRepository);
}

function target(path: string, parameters: URLSearchParams): Pick<RegistryRequest, 'mountFrom' | 'target'> {
  const search = parameters.toString();
  return { mountFrom: parameters.get('from') ?? undefined, target: search ? `${path}?${search}` : path };
}

/** The same upload as an ordinary one: the client has to send the bytes, as it must when it may not see where they are. */
export function withoutMount(request: RegistryRequest): RegistryRequest {
  return { ...request, mountFrom: undefined, target: request.target.replace(/\?.*$/, '') };
}
