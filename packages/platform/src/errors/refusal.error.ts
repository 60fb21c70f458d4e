/** A task refuses to do its work, for a reason that whoever runs it can act on: one line says all of it, and a stack trace would say nothing more. */
export class RefusalError extends Error {
  readonly code: string;

  constructor({ code, message }: { code: string; message: string }) {
    super(message);
    this.name = 'RefusalError';
    this.code = code;
  }
}
