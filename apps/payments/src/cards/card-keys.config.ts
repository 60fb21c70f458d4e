import { z } from 'zod';
import { configGroup, secretFile } from '@seaworthy/platform';

/** 32 bytes in base64url */
const KEY = '[\\w-]{42}[AEIMQUYcgkosw048]';

/** The keys by which card numbers are sealed. To rotate: a new key in front, the old ones behind it for what they have sealed. */
export class CardKeysConfig extends configGroup({
  keys: secretFile(
    'card-keys',
    z.string().regex(new RegExp(`^${KEY}(?: ${KEY}){0,9}$`), 'must be keys of 32 bytes in base64url, the current one first'),
  ),
}) {}
