import { otlpType } from "../conformance/otlp-proto.ts";

/** A request of many spans. */
export interface Batch {
  readonly body: Uint8Array;
  readonly spans: number;
}

const SPANS_PER_TRACE = 18;
/** In place of the half of a trace id that tells batches apart. */
const MARK = Buffer.alloc(8, 0xee);

/**
 * Makes protobuf requests of about `spans` spans whose trace ids differ by the number of the batch; of the 18 spans of a
 * trace two are phases and one is their request.
 */
export function createBatchMaker(spans: number, endMs: number): (number: number) => Batch {
  const traces = Math.round(spans / SPANS_PER_TRACE);
  const template = encodeTemplate(traces, endMs);
  const places: number[] = [];
  for (let at = template.indexOf(MARK); at >= 0; at = template.indexOf(MARK, at + 8))
    places.push(at);
  return (number) => {
    const body = Buffer.from(template);
    for (const at of places) body.writeBigUInt64BE(BigInt(number) + 1n, at);
    return { body, spans: traces * SPANS_PER_TRACE };
  };
}

function encodeTemplate(traces: number, endMs: number): Buffer {
  const spans = Array.from({ length: traces }, (_, trace) => spansOf(trace, endMs)).flat();
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "worker" } }] };
  const scopeSpans = [{ scope: { name: "load" }, spans }];
  const type = otlpType("ExportTraceServiceRequest");
  return Buffer.from(
    type.encode(type.fromObject({ resourceSpans: [{ resource, scopeSpans }] })).finish(),
  );
}

function spansOf(trace: number, endMs: number): object[] {
  const traceId = Buffer.concat([MARK, bytesOf(trace + 1)]);
  const nanos = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);
  return Array.from({ length: SPANS_PER_TRACE }, (_, i) => ({
    traceId,
    spanId: bytesOf(trace * SPANS_PER_TRACE + i + 1),
    ...(i === 0 ? {} : { parentSpanId: bytesOf(trace * SPANS_PER_TRACE + 1) }),
    name: i === 0 ? "request" : `step ${i}`,
    kind: 1,
    startTimeUnixNano: nanos(endMs - 500 + (i === 17 ? 100 : 0)),
    endTimeUnixNano: nanos(i === 16 ? endMs - 400 : endMs),
    attributes: attributesOf(i),
  }));
}

function attributesOf(i: number): object[] {
  const phase = i === 16 ? "prefill" : i === 17 ? "decode" : undefined;
  const passing = [
    { key: "http.request.method", value: { stringValue: "POST" } },
    { key: "server.address", value: { stringValue: "10.1.2.3" } },
    { key: "step.number", value: { intValue: i } },
  ];
  if (phase === undefined) return passing;
  return [
    { key: "footprint.inference.phase", value: { stringValue: phase } },
    { key: "footprint.inference.processed_tokens", value: { intValue: 100 + i } },
    ...passing,
  ];
}

function bytesOf(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(number));
  return bytes;
}
