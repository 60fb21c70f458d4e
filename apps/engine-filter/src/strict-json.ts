import { Refusal } from './refusal.ts';

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/gu;

/**
 * Reads JSON (RFC 8259) so that no two readers can disagree about it: UTF-8 only, no key twice in one object, and no two
 * keys that differ by case alone, because the engine's decoder (Go's encoding/json) takes `hostconfig` for `HostConfig`.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  const value = parse(text);
  refuseRepeatedKeys(text);
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new Refusal({ rule: 'ENCODING', message: 'expected a body in UTF-8, found other bytes', cause });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Refusal({ rule: 'BODY', message: 'expected a JSON body, found something else', cause });
  }
}

/** `text` is valid JSON here, so a string that is followed by a colon is a key of the innermost open object. */
function refuseRepeatedKeys(text: string): void {
  const open: Set<string>[] = [];
  let lastString: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token.startsWith('"')) {
      lastString = token;
      continue;
    }
    if (token === '{' || token === '[') open.push(new Set());
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':' && lastString !== undefined) addKey(open.at(-1), String(JSON.parse(lastString)));
    lastString = undefined;
  }
}

function addKey(keys: Set<string> | undefined, key: string): void {
  const folded = key.normalize('NFKC').toLowerCase();
  if (key === '__proto__' || keys?.has(folded)) {
    throw new Refusal({ rule: 'BODY', message: `expected each key once, found ${JSON.stringify(key)} again` });
  }
  keys?.add(folded);
}
