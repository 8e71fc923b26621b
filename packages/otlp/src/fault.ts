import { OtlpError, type OtlpErrorCode } from "./errors.ts";

// Faults are numbers below zero, so that one result is either a position or a fault and a million bad
// spans cost no million exceptions.
export const MALFORMED = -1;
export const TOO_DEEP = -2;
export const TOO_LARGE = -3;
export const TOO_MANY = -4;
export const BAD_TRACE_ID = -5;
export const BAD_SPAN_ID = -6;
export const BAD_PARENT_ID = -7;

const faults: Readonly<Record<number, readonly [OtlpErrorCode, string]>> = {
  [MALFORMED]: ["malformed", "malformed"],
  [TOO_DEEP]: ["too_deep", "nested too deep"],
  [TOO_LARGE]: ["too_large", "string too long"],
  [TOO_MANY]: ["too_many", "too many attributes"],
  [BAD_TRACE_ID]: ["malformed", "trace id not 16 bytes or zero"],
  [BAD_SPAN_ID]: ["malformed", "span id not 8 bytes or zero"],
  [BAD_PARENT_ID]: ["malformed", "parent span id not 8 bytes"],
};

/** Why a span with this fault is rejected. */
export function reasonOf(fault: number): string {
  return faults[fault]?.[1] ?? "malformed";
}

/** The error for a fault outside any span, which refuses the whole request. */
export function errorOf(fault: number, offset: number): OtlpError {
  const [code, what] = faults[fault] ?? ["malformed", "malformed"];
  return new OtlpError(code, offset, what);
}
