import type { ResourceGroup } from "../group-spans.ts";
import type { OutSpan } from "../out-span.ts";
import { putSplicedSpan } from "./splice-span.ts";
import {
  type BackWriter,
  closeMessage,
  createBackWriter,
  putBytes,
  sizeOf,
  takeBytes,
} from "./write-back.ts";
import { putNewSpan } from "./write-span.ts";

const RESOURCE_SPANS_TAG = 0x0a;
const SCOPE_SPANS_TAG = 0x12;
const SPAN_TAG = 0x12;
const FIRST_SIZE = 64 * 1024;

/** An ExportTraceServiceRequest of these groups. */
export function encodeGroups(groups: readonly ResourceGroup[]): Uint8Array {
  const writer = createBackWriter(FIRST_SIZE);
  for (const { resourceBytes, scopes } of groups.toReversed()) {
    const size = sizeOf(writer);
    for (const { scopeBytes, spans } of scopes.toReversed()) {
      const scopeSize = sizeOf(writer);
      for (let i = spans.length - 1; i >= 0; i--) putSpan(writer, spans[i] as OutSpan);
      putBytes(writer, scopeBytes);
      closeMessage(writer, scopeSize, SCOPE_SPANS_TAG);
    }
    putBytes(writer, resourceBytes);
    closeMessage(writer, size, RESOURCE_SPANS_TAG);
  }
  return takeBytes(writer);
}

function putSpan(writer: BackWriter, out: OutSpan): void {
  const size = sizeOf(writer);
  if ("span" in out) putSplicedSpan(writer, out);
  else putNewSpan(writer, out.create);
  closeMessage(writer, size, SPAN_TAG);
}
