import { z } from "zod";

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a duration such as `250ms`, `10s` or `1h30m`; undefined for another text, a bare number included. */
export function parseDurationMs(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let sumMs = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) {
    sumMs += Number(amount) * (unitMs[unit ?? ""] ?? Number.NaN);
  }
  return sumMs;
}

/** A duration in text, read as milliseconds. */
export const durationMs: z.ZodType<number, string> = z
  .string({ error: ({ input }) => notADuration(input) })
  .transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms !== undefined) return ms;
    context.addIssue({ code: "custom", message: notADuration(text), input: text });
    return z.NEVER;
  });

/** A duration above 0. */
export const positiveDurationMs: z.ZodType<number, string> = durationMs.refine((ms) => ms > 0, {
  message: "must be above 0",
});

function notADuration(input: unknown): string {
  return `not a duration with its unit, such as 250ms, 10s or 1h30m: ${JSON.stringify(input)}`;
}
