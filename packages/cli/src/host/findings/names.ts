import { isIPv4 } from 'node:net';
import type { Instance } from '../../instance.ts';
import type { Finding } from './finding.ts';

/** A network of the engine that does not belong to this copy of the platform. */
export interface OtherNetwork {
  readonly name: string;
  /** such as `172.17.0.0/16` */
  readonly subnets: readonly string[];
}

/** What the user may choose of this copy besides its ports: the name of its project, and its subnets. */
export function examineNames({ project, subnet }: Pick<Instance, 'project' | 'subnet'>, others: readonly OtherNetwork[]): Finding[] {
  return [examineProject(project), examineSubnet(subnet, others)];
}

/** As compose takes it (Compose Specification, top-level `name`). */
function examineProject(project: string): Finding {
  const fact = { id: 'SEAWORTHY_PROJECT', expected: 'small letters, digits, - and _, beginning with a letter or digit' };
  if (/^[a-z0-9][a-z0-9_-]*$/.test(project)) return { ...fact, level: 'ok', found: project };
  return {
    ...fact,
    level: 'error',
    code: 'USAGE',
    found: JSON.stringify(project),
    remedy: 'unset SEAWORTHY_PROJECT, or choose another name',
  };
}

function examineSubnet(subnet: string, others: readonly OtherNetwork[]): Finding {
  const fact = { id: 'SEAWORTHY_SUBNET', expected: 'the first two numbers of a private network that nobody else uses, such as 10.213' };
  const remedy = 'choose another: SEAWORTHY_SUBNET=10.214 npm start';
  const own = range(`${subnet}.0.0/16`);
  if (own === undefined) return { ...fact, level: 'error', code: 'USAGE', found: JSON.stringify(subnet), remedy };
  const taken = others.find(({ subnets }) => subnets.some((other) => overlap(own, range(other))));
  if (taken === undefined) return { ...fact, level: 'ok', found: `${subnet}, free` };
  return {
    ...fact,
    level: 'error',
    code: 'SUBNET_TAKEN',
    found: `${subnet} is taken by the network ${taken.name} (${taken.subnets.join(', ')})`,
    remedy: `${remedy}; or remove that one: docker network rm ${taken.name}`,
  };
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** Of an IPv4 network in CIDR notation (RFC 4632); undefined for anything else. */
function range(cidr: string): Range | undefined {
  const [address = '', bits = ''] = cidr.split('/');
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits)) return undefined;
  const size = 2 ** (32 - Number(bits));
  const value = address.split('.').reduce((sum, one) => sum * 256 + Number(one), 0);
  const first = value - (value % size);
  return { first, last: first + size - 1 };
}

function overlap(one: Range, other: Range | undefined): boolean {
  return other !== undefined && one.first <= other.last && other.first <= one.last;
}
