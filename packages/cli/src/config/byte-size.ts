import { z } from "zod";

const unitBytes: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** Bytes of a size such as `64MiB` or `500kB`; undefined for another text, a bare number included. */
export function parseByteSize(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s?([kKMG]i?B|B)$/.exec(text) ?? [];
  const perUnit = unitBytes[unit ?? ""];
  return perUnit === undefined ? undefined : Math.round(Number(amount) * perUnit);
}

/** A size in text above 0, read as bytes. */
export const byteSize: z.ZodType<number, string> = z
  .string({ error: ({ input }) => notASize(input) })
  .transform((text, context) => {
    const bytes = parseByteSize(text);
    if (bytes !== undefined && bytes > 0) return bytes;
    context.addIssue({ code: "custom", message: notASize(text), input: text });
    return z.NEVER;
  });

function notASize(input: unknown): string {
  return `not a size above 0 with its unit, such as 20MiB: ${JSON.stringify(input)}`;
}
