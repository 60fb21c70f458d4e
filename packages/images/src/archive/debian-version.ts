/**
 * Order of two versions by Debian Policy 5.6.12: epoch, upstream version, revision; `~` sorts before everything, even the end.
 * @returns negative, 0 or positive
 */
export function compareDebianVersions(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  return compareNumbers(a.epoch, b.epoch) || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

function parse(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? '' : version.slice(0, colon),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/** Runs of non-digits and of digits, by turns. */
function compareParts(one: string, other: string): number {
  const [a, b] = [runs(one), runs(other)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left = '', right = ''] = [a[index], b[index]];
    const order = index % 2 === 0 ? compareText(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return 0;
}

/** Always begins with a run of non-digits, if need be an empty one. */
function runs(part: string): string[] {
  const found = part.match(/\d+|\D+/g) ?? [];
  return /^\d/.test(part) ? ['', ...found] : found;
}

/** Digits by their value, however many: a `Number` tells them apart up to 2^53 only. None are zero. */
function compareNumbers(one: string, other: string): number {
  const [left, right] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  return left === right ? 0 : left < right ? -1 : 1;
}

function compareText(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const order = weight(one[index]) - weight(other[index]);
    if (order !== 0) return order;
  }
  return 0;
}

/** The tilde first, then the end, then letters, then all else. */
function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  return /[a-z]/i.test(character) ? character.charCodeAt(0) : character.charCodeAt(0) + 256;
}
