/** Why a request was refused: broken bytes, or one of the limits. */
export type OtlpErrorCode = "malformed" | "too_deep" | "too_large" | "too_many";

/** A request refused as a whole; `offset` is the byte of the body at which reading stopped. */
export class OtlpError extends Error {
  readonly code: OtlpErrorCode;
  readonly offset: number;

  constructor(code: OtlpErrorCode, offset: number, what: string) {
    super(`${what} at byte ${offset}`);
    this.name = "OtlpError";
    this.code = code;
    this.offset = offset;
  }
}
