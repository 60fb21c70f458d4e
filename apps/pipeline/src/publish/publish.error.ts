export type PublishErrorCode =
  | 'CARD_MALFORMED' // a service card of the commit cannot be read
  | 'PARENT_UNTRUSTED' // a parent image is not released, or not verified
  | 'IMAGE_MISMATCH' // what the build job put out is not a layer on that parent
  | 'PROMOTION_REFUSED'; // the gatekeeper said no

export class PublishError extends Error {
  readonly code: PublishErrorCode;

  constructor({ code, message, cause }: { code: PublishErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'PublishError';
    this.code = code;
  }
}
