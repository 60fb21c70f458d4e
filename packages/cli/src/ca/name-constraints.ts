import { Extension } from '@peculiar/x509';
import { INTERNAL_DOMAIN } from '@seaworthy/contracts';

const OID = '2.5.29.30';
const SEQUENCE = 0x30;
const PERMITTED = 0xa0; // [0] permittedSubtrees
const DNS_NAME = 0x82; // [2] dNSName
const IP_ADDRESS = 0x87; // [7] iPAddress: address and mask

/**
 * What this authority may speak for, and nothing else: RFC 5280 section 4.2.1.10, critical. Whoever puts the root into a trust
 * store gives away no public name with it.
 */
export function nameConstraints(): Extension {
  const permitted = [
    der(DNS_NAME, Buffer.from(INTERNAL_DOMAIN, 'ascii')),
    der(DNS_NAME, Buffer.from('localhost', 'ascii')),
    der(IP_ADDRESS, Buffer.from([127, 0, 0, 1, 255, 255, 255, 255])),
  ].map((name) => der(SEQUENCE, name));
  return new Extension(OID, true, der(SEQUENCE, der(PERMITTED, Buffer.concat(permitted))));
}

/** DER, short form of length: enough for contents under 128 bytes. */
function der(tag: number, content: Buffer): Buffer {
  if (content.length > 127) throw new RangeError(`expected at most 127 bytes of content, found ${content.length}`);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}
