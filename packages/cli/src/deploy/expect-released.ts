import type { VerifiedImage } from '@seaworthy/supply-chain';
import { UserError } from '../errors.ts';

/** What was released last is verified, and is not what is to be started: a later commit got as far as its release. */
export class OtherRelease extends UserError {}

/**
 * What is about to be deployed must be what this commit came to, image by image: services, stores and edge.
 * @throws OtherRelease
 */
export function expectReleased(
  released: ReadonlyMap<string, Pick<VerifiedImage, 'digest'>>,
  wanted: Readonly<Record<string, string>>,
): void {
  const others = [...released].flatMap(([name, { digest }]) =>
    wanted[name] === undefined || wanted[name] === digest ? [] : [{ name, wanted: wanted[name], digest }],
  );
  if (others.length === 0) return;
  throw new OtherRelease({
    code: 'VERIFICATION_FAILED',
    message: `What was released last is of another commit: ${others.map(({ name }) => name).join(', ')}`,
    expected: others.map((one) => `release/${one.name}@${one.wanted}`).join(', '),
    found: others.map(({ name, digest }) => `release/${name}@${digest}`).join(', '),
    remedy: 'start again, from the commit that shall run',
  });
}
