import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const LISTEN = '0A';

/** Addresses on which a process and its children listen, in the hexadecimal form of proc(5): 0100007F is 127.0.0.1. */
export function listeningAddresses(pid: number): string[] {
  const inodes = new Set([pid, ...descendants(pid)].flatMap(socketsOf));
  return ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/net/${family}`, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTEN && inodes.has(inode ?? ''))
      .map(([, local = '']) => local.split(':')[0] ?? ''),
  );
}

/** Processes below this one. */
export function descendants(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((candidate) => parentOf(candidate) === pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** The process below this one that runs a service in development. */
export function processOf(pid: number, service: string): number {
  const found = descendants(pid).find((child) => environmentOf(child)['SECRETS_DIRECTORY']?.endsWith(`/${service}/secrets`));
  if (found === undefined) throw new Error(`expected a process of ${service} below ${pid}, found none`);
  return found;
}

/** Variables of a process that runs. */
export function environmentOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // it ended while we looked
  }
}

function socketsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []);
  } catch {
    return [];
  }
}
