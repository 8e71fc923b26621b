import type { Attribute } from "../attribute-value.ts";
import { isRepeated } from "../is-repeated.ts";
import type { NewSpan, Scope, SpanLink } from "../out-span.ts";
import { parseId } from "../parse-id.ts";
import { putAttribute } from "./write-attribute.ts";
import {
  type BackWriter,
  closeMessage,
  createBackWriter,
  putByte,
  putBytes,
  putFixed32,
  putFixed64,
  putLength,
  putText,
  sizeOf,
  takeBytes,
} from "./write-back.ts";

/** Puts the fields of a span of ours; throws `RangeError` for an id that is none. */
export function putNewSpan(writer: BackWriter, span: NewSpan): void {
  if (span.flags !== undefined) {
    putFixed32(writer, span.flags);
    putByte(writer, 0x01);
    putByte(writer, 0x85);
  }
  for (const link of [...(span.links ?? [])].reverse()) putLink(writer, link);
  for (let i = span.attributes.length - 1; i >= 0; i--) {
    if (isRepeated(span.attributes, i)) continue;
    putAttribute(writer, 0x4a, span.attributes[i] as Attribute);
  }
  putFixed64(writer, span.endUnixNano);
  putByte(writer, 0x41);
  putFixed64(writer, span.startUnixNano);
  putByte(writer, 0x39);
  putLength(writer, span.kind);
  putByte(writer, 0x30);
  putTextField(writer, 0x2a, span.name);
  if (span.parentSpanId !== "") putIdField(writer, 0x22, span.parentSpanId, 8);
  putTextField(writer, 0x1a, span.traceState ?? "");
  putIdField(writer, 0x12, span.spanId, 8);
  putIdField(writer, 0x0a, span.traceId, 16);
}

/** The fields of the ScopeSpans that has this scope, but its spans. */
export function encodeScope(scope: Scope): Uint8Array {
  const writer = createBackWriter(128);
  putTextField(writer, 0x1a, scope.schemaUrl);
  const size = sizeOf(writer);
  putTextField(writer, 0x12, scope.version);
  putTextField(writer, 0x0a, scope.name);
  closeMessage(writer, size, 0x0a);
  return takeBytes(writer);
}

function putLink(writer: BackWriter, link: SpanLink): void {
  const size = sizeOf(writer);
  putIdField(writer, 0x12, link.spanId, 8);
  putIdField(writer, 0x0a, link.traceId, 16);
  closeMessage(writer, size, 0x6a);
}

function putIdField(writer: BackWriter, tag: number, id: string, length: number): void {
  putBytes(writer, parseId(id, length));
  putByte(writer, length);
  putByte(writer, tag);
}

function putTextField(writer: BackWriter, tag: number, text: string): void {
  if (text === "") return;
  const size = sizeOf(writer);
  putText(writer, text);
  closeMessage(writer, size, tag);
}
