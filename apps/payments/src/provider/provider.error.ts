export type ProviderErrorCode = 'PROVIDER_AWAY' | 'PROVIDER_REFUSED';

/**
 * The provider's word was not to be had. Whether it charged is not known: ask again with the same key. `PROVIDER_REFUSED`: it answered, and
 * did not understand us, which people have to look at.
 */
export class ProviderError extends Error {
  readonly code: ProviderErrorCode;

  constructor({ code, message, cause }: { code: ProviderErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'ProviderError';
    this.code = code;
  }
}
