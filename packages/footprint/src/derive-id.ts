import { hash } from "node:crypto";

/** Invalid in W3C trace context. */
const NO_ID = "0".repeat(16);

/**
 * Id of a span or phase of ours, 16 hex digits: the first non-zero 64 bits of SHA-256 over what tells it from every
 * other, so that any machine gives it the same id.
 */
export function deriveSpanId(...parts: readonly (string | number)[]): string {
  const digest = hash("sha256", parts.join("\u0000"));
  for (let at = 0; at + 16 <= digest.length; at += 16) {
    const id = digest.slice(at, at + 16);
    if (id !== NO_ID) return id;
  }
  return "0000000000000001";
}

/** The two 32-bit words, unsigned, of a 16-digit hex id. */
export function wordsOf(id: string): readonly [high: number, low: number] {
  return [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8, 16), 16)];
}
