import type { AttributeValue } from "@wattspan/otlp";
import protobuf from "protobufjs";
import {
  createNoise,
  type RequestModel,
  type ResourceModel,
  type ScopeModel,
  type SpanModel,
} from "./arbitrary-request.ts";
import { otlpType } from "./otlp-proto.ts";

type Throw = (sides: number) => number;

interface Chunk {
  readonly field: number;
  readonly bytes: Uint8Array;
}

/** The request in protobuf, with fields out of order, unknown ones between, repeats and split messages. */
export function writeRequest(request: RequestModel): Uint8Array {
  const toss = createNoise(request.noise);
  const chunks = request.resources.map((resource) => part(1, writeResource(resource, toss)));
  return shuffled([...chunks, ...unknown(toss)], toss);
}

function writeResource(resource: ResourceModel, toss: Throw): Uint8Array {
  const attributes = resource.attributes.map((pair) => part(1, keyValue(pair)));
  // A resource in two halves is one resource: protobuf merges repeats of a message field.
  const cut = toss(attributes.length + 1);
  const halves = [attributes.slice(0, cut), attributes.slice(cut)];
  return shuffled(
    [
      ...halves.map((half) => part(1, shuffled([...half, ...unknown(toss)], toss))),
      ...resource.scopes.map((scope) => part(2, writeScope(scope, toss))),
      ...texts(3, resource.schemaUrl, toss),
      ...unknown(toss),
    ],
    toss,
  );
}

function writeScope(scope: ScopeModel, toss: Throw): Uint8Array {
  const head = shuffled([...texts(1, scope.name, toss), ...unknown(toss)], toss);
  return shuffled(
    [
      part(1, head),
      ...scope.spans.map((span) => part(2, writeSpan(span, toss))),
      ...texts(3, scope.schemaUrl, toss),
      ...unknown(toss),
    ],
    toss,
  );
}

function writeSpan(span: SpanModel, toss: Throw): Uint8Array {
  const chunks: Chunk[] = [
    part(1, Buffer.from(span.traceId, "hex")),
    part(2, Buffer.from(span.spanId, "hex")),
    ...texts(3, span.traceState, toss),
    ...(span.parentSpanId === "" ? [] : [part(4, Buffer.from(span.parentSpanId, "hex"))]),
    ...texts(5, span.name, toss),
    ...repeats(6, (writer) => writer.uint32(tag(6, 0)).int32(span.kind), toss),
    ...repeats(7, (writer) => writer.uint32(tag(7, 1)).fixed64(String(span.startUnixNano)), toss),
    ...repeats(8, (writer) => writer.uint32(tag(8, 1)).fixed64(String(span.endUnixNano)), toss),
    ...span.attributes.map((pair) => part(9, keyValue(pair))),
    { field: 16, bytes: new protobuf.Writer().uint32(tag(16, 5)).fixed32(span.flags).finish() },
    part(15, new protobuf.Writer().uint32(tag(3, 0)).int32(1).finish()),
    ...unknown(toss),
  ];
  return shuffled(chunks, toss);
}

/** A KeyValue of protobufjs's making. */
export function keyValue([key, value]: readonly [string, AttributeValue]): Uint8Array {
  const type = otlpType("KeyValue");
  return type.encode(type.fromObject({ key, value: plainValue(value) })).finish();
}

function plainValue(value: AttributeValue): object {
  if (value === null) return {};
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "bigint") return { intValue: String(value) };
  if (typeof value === "number") return { doubleValue: value };
  if (value instanceof Uint8Array) return { bytesValue: value };
  if (value instanceof Map) {
    const values = Array.from(value, ([key, inner]) => ({ key, value: plainValue(inner) }));
    return { kvlistValue: { values } };
  }
  return { arrayValue: { values: (value as readonly AttributeValue[]).map(plainValue) } };
}

function part(field: number, content: Uint8Array): Chunk {
  return { field, bytes: new protobuf.Writer().uint32(tag(field, 2)).bytes(content).finish() };
}

// A scalar written twice: the last one counts.
function texts(field: number, value: string, toss: Throw): Chunk[] {
  const content = part(field, Buffer.from(value, "utf8"));
  if (toss(3) === 0) return [part(field, Buffer.from("decoy")), content];
  return value === "" && toss(2) === 0 ? [] : [content];
}

function repeats(
  field: number,
  write: (writer: protobuf.Writer) => protobuf.Writer,
  toss: Throw,
): Chunk[] {
  const chunk = { field, bytes: write(new protobuf.Writer()).finish() };
  return toss(4) === 0 ? [{ field, bytes: chunk.bytes }, chunk] : [chunk];
}

function unknown(toss: Throw): Chunk[] {
  const field = [100, 536_870_911, 17 + toss(1000)][toss(3)] as number;
  const group = new protobuf.Writer()
    .uint32(tag(field, 3))
    .uint32(tag(1, 0))
    .uint32(7)
    .uint32(tag(3, 3))
    .uint32(tag(2, 2))
    .string("x");
  const writings: protobuf.Writer[] = [
    new protobuf.Writer().uint32(tag(field, 0)).uint64("18446744073709551615"),
    new protobuf.Writer().uint32(tag(field, 1)).fixed64(5),
    new protobuf.Writer().uint32(tag(field, 2)).string("not known"),
    new protobuf.Writer().uint32(tag(field, 5)).fixed32(5),
    group.uint32(tag(3, 4)).uint32(tag(field, 4)),
  ];
  const writing = writings[toss(10)];
  return writing === undefined ? [] : [{ field, bytes: writing.finish() }];
}

function tag(field: number, wire: number): number {
  return ((field << 3) | wire) >>> 0;
}

/** Chunks in any order, but those of one field in theirs. */
function shuffled(chunks: readonly Chunk[], toss: Throw): Uint8Array {
  const order = chunks.map(({ field }) => ({ field, rank: toss(1000) }));
  order.sort((a, b) => a.rank - b.rank);
  const left = new Map<number, Chunk[]>();
  for (const chunk of chunks) left.set(chunk.field, [...(left.get(chunk.field) ?? []), chunk]);
  return new Uint8Array(
    Buffer.concat(order.map(({ field }) => left.get(field)?.shift()?.bytes ?? new Uint8Array(0))),
  );
}
