/** The few elements of DER (ITU-T X.690) that a request for a certificate is made of. */
const TAGS = { integer: 0x02, bitString: 0x03, octetString: 0x04, objectIdentifier: 0x06, sequence: 0x30, set: 0x31 } as const;
const SHORT_FORM = 0x80;

/** Tag, length and the parts one after the other. */
export function der(kind: keyof typeof TAGS | number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([typeof kind === 'number' ? kind : TAGS[kind]]), length(content.length), content]);
}

/** X.690, 8.1.3: one byte, or the number of bytes and then the bytes. */
function length(size: number): Buffer {
  if (size < SHORT_FORM) return Buffer.from([size]);
  const hex = size.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([SHORT_FORM | bytes.length]), bytes]);
}

/** X.690, 8.19: the first two arcs in one number, each number in groups of seven bits. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der('objectIdentifier', Buffer.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(arc: number): number[] {
  const groups = [arc & 0x7f];
  for (let rest = arc >>> 7; rest > 0; rest >>>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

/** RFC 7468 */
export function pem(label: string, content: Buffer): string {
  return `-----BEGIN ${label}-----\n${(content.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`;
}
