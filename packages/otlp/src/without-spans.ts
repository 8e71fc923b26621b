import { cutSpans as cutJsonSpans } from "./json/cut-spans.ts";
import { planCuts } from "./plan-cuts.ts";
import type { SpanTable } from "./span-table.ts";
import { cutSpans } from "./wire/cut-spans.ts";

/**
 * The scanned request without its held and its rejected spans and without envelopes left empty, all else
 * bit for bit: `table.body` itself where nothing is taken out, undefined where no span is left.
 */
export function withoutSpans(
  table: SpanTable,
  isHeld: (i: number) => boolean,
): Uint8Array | undefined {
  const plan = planCuts(table, isHeld);
  if (plan.keptCount === 0) return undefined;
  if (plan.keptCount === plan.count) return table.body;
  const cut = table.encoding === "json" ? cutJsonSpans : cutSpans;
  return cut(table.ranges, plan);
}
