import { createHash } from "node:crypto";

/**
 * Id of a span of ours, 16 hex digits: the first non-zero 64 bits of SHA-256 over what tells it from every other, so
 * that any machine gives the same span the same id.
 */
export function deriveSpanId(...parts: readonly (string | number)[]): string {
  const digest = createHash("sha256").update(parts.join("\u0000")).digest("hex");
  for (let at = 0; at + 16 <= digest.length; at += 16) {
    const id = digest.slice(at, at + 16);
    if (!/^0+$/.test(id)) return id;
  }
  return "0000000000000001";
}
