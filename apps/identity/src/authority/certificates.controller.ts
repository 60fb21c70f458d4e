import { Body, Controller, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { Caller, ProblemError, Workloads, type Identity } from '@seaworthy/platform';
import { WORKLOADS } from '@seaworthy/contracts';
import { z } from 'zod';
import { AuthorityError } from './authority.error.ts';
import { namesOf } from './certificate-names.ts';
import { LeafAuthority } from './leaf-authority.ts';

const request = z.strictObject({ csr: z.string().max(8_192) });

@Controller('certificates')
export class CertificatesController {
  constructor(@Inject(LeafAuthority) private readonly authority: LeafAuthority) {}

  /** A chain for the caller's own key and names: leaf first, then the intermediate (PEM, RFC 8555 section 7.4.2's media type). */
  @Post()
  @HttpCode(201)
  @Header('content-type', 'application/pem-certificate-chain')
  @Workloads(...WORKLOADS)
  async issue(@Body({ schema: request }) { csr }: z.infer<typeof request>, @Caller() caller: Identity): Promise<string> {
    try {
      return await this.authority.issue(csr, namesOf(caller.name));
    } catch (error) {
      throw error instanceof AuthorityError ? asProblem(error) : error;
    }
  }
}

function asProblem(error: AuthorityError): ProblemError<string> {
  const status = { NAME_DENIED: 403, AUTHORITY_EXPIRED: 503 }[error.code as string] ?? 422;
  return new ProblemError({ status, code: error.code, detail: error.message, cause: error });
}
