import { groupSpans } from "./group-spans.ts";
import { encodeGroups as encodeJsonGroups } from "./json/encode-groups.ts";
import type { OutSpan } from "./out-span.ts";
import type { Encoding } from "./span-table.ts";
import { encodeGroups } from "./wire/encode-groups.ts";

/** An export request ready to send. */
export interface EncodedTraces {
  readonly encoding: Encoding;
  readonly body: Uint8Array;
}

/**
 * Export requests with these spans under their own resources, scopes and schema URLs: one request for each
 * encoding among them, none for no spans. Throws `RangeError` for an int beyond 64 bits or a bad id.
 */
export function encodeTraces(spans: readonly OutSpan[]): readonly EncodedTraces[] {
  const requests: EncodedTraces[] = [];
  const protobuf = groupSpans(spans, "protobuf");
  if (protobuf.length > 0) requests.push({ encoding: "protobuf", body: encodeGroups(protobuf) });
  const json = groupSpans(spans, "json");
  if (json.length > 0) requests.push({ encoding: "json", body: encodeJsonGroups(json) });
  return requests;
}
