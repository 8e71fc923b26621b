import { groupSpans, type ResourceGroup } from "./group-spans.ts";
import { encodeGroups as encodeJsonGroups } from "./json/encode-groups.ts";
import type { OutSpan } from "./out-span.ts";
import type { Encoding } from "./span-table.ts";
import { encodeGroups } from "./wire/encode-groups.ts";

/** An export request ready to send. */
export interface EncodedTraces {
  readonly encoding: Encoding;
  readonly body: Uint8Array;
  readonly spanCount: number;
}

/**
 * Export requests with these spans under their own resources, scopes and schema URLs: one request for each
 * encoding among them, none for no spans. Throws `RangeError` for an int beyond 64 bits or a bad id.
 */
export function encodeTraces(spans: readonly OutSpan[]): readonly EncodedTraces[] {
  return [
    ...encodeAs(spans, "protobuf", encodeGroups),
    ...encodeAs(spans, "json", encodeJsonGroups),
  ];
}

function encodeAs(
  spans: readonly OutSpan[],
  encoding: Encoding,
  encode: (groups: readonly ResourceGroup[]) => Uint8Array,
): readonly EncodedTraces[] {
  const groups = groupSpans(spans, encoding);
  if (groups.length === 0) return [];
  let spanCount = 0;
  for (const { scopes } of groups) for (const scope of scopes) spanCount += scope.spans.length;
  return [{ encoding, body: encode(groups), spanCount }];
}
