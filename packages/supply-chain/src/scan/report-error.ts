/**
 * Why another scanner's report is not taken over. Closed: the command and tests rely on it.
 *
 * - `REPORT_MALFORMED`: neither Trivy's nor Grype's, or without its date.
 * - `REPORT_ELSEWHERE`: about another image.
 * - `ECOSYSTEM_UNKNOWN`: a finding in a kind of package that has no name here.
 * - `SOURCE_NOT_ASKED`: findings of a source that the report is not to speak for.
 */
export type ScanReportErrorCode = 'REPORT_MALFORMED' | 'REPORT_ELSEWHERE' | 'ECOSYSTEM_UNKNOWN' | 'SOURCE_NOT_ASKED';

export class ScanReportError extends Error {
  override readonly name = 'ScanReportError';
  readonly code: ScanReportErrorCode;

  constructor({ code, message, cause }: { code: ScanReportErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
