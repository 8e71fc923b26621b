import { z } from "zod";
import { unixNano } from "./instant-text.ts";

/** Who ran where, when the spans do not say. */
export interface WorkerConfig {
  readonly match: ReadonlyMap<string, string | RegExp>;
  readonly node: string;
  readonly devices?: readonly string[];
  readonly dpRank?: number;
  readonly fromUnixNano?: bigint;
  readonly toUnixNano?: bigint;
}

const text = z.string().min(1);

/** `/.../` and `/.../i` are regular expressions; numbers and booleans match their text. */
const wanted = z.union([z.string(), z.number(), z.boolean()]).transform((given, context) => {
  if (typeof given !== "string") return String(given);
  const [, source, flags] = /^\/(.+)\/(i?)$/.exec(given) ?? [];
  if (source === undefined) return given;
  try {
    return new RegExp(source, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.addIssue({ code: "custom", message, input: given });
    return z.NEVER;
  }
});

const worker = z
  .strictObject({
    match: z.record(text, wanted),
    node: text,
    devices: z.array(text).exactOptional(),
    dp_rank: z.int().nonnegative().exactOptional(),
    from: unixNano.exactOptional(),
    to: unixNano.exactOptional(),
  })
  .transform(
    ({ match, node, devices, dp_rank, from, to }): WorkerConfig => ({
      match: new Map(Object.entries(match)),
      node,
      ...(devices === undefined ? {} : { devices }),
      ...(dp_rank === undefined ? {} : { dpRank: dp_rank }),
      ...(from === undefined ? {} : { fromUnixNano: from }),
      ...(to === undefined ? {} : { toUnixNano: to }),
    }),
  );

/** Section `workers`. */
export const workersConfig: z.ZodType<readonly WorkerConfig[]> = z.array(worker).default([]);
