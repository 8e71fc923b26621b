import { z } from "zod";

const form = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/** Nanoseconds since 1970 of an RFC 3339 time with its zone; undefined for another text or a time that does not exist. */
export function parseUnixNano(text: string): bigint | undefined {
  const [, seconds = "", fraction = "", zone = ""] = form.exec(text) ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  const localMs = Date.parse(`${seconds}Z`);
  // Date.parse takes 30 February for 2 March.
  if (Number.isNaN(ms) || !new Date(localMs).toISOString().startsWith(seconds)) return undefined;
  return ms < 0 ? undefined : BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}

/** A time in text, read as nanoseconds since 1970. */
export const unixNano: z.ZodType<bigint, string> = z.string().transform((text, context) => {
  const parsed = parseUnixNano(text);
  if (parsed !== undefined) return parsed;
  const message = `not a time with its zone, such as 2026-01-01T00:00:00Z: ${JSON.stringify(text)}`;
  context.addIssue({ code: "custom", message, input: text });
  return z.NEVER;
});
