import { otlpType } from "../../conformance/otlp-proto.ts";
import { spanAttributes } from "../span-attributes.ts";

/** Spans of one request. */
export const SPANS = 1000;
/** Spans of one trace, of which the request and its two phases are held. */
const SPANS_OF_TRACE = 18;
const PREFILL_MS = 300;
const DECODE_MS = 2000;

/** A request that is encoded once and given new ids and times each time it is sent. */
export interface Payload {
  /** The body with ids of `number` and phases that end at `nowMs`; the same buffer each time. */
  at(number: number, nowMs: number): Buffer;
}

/** Name of the machine that ran prefills or decodes. */
export function nodeName(phase: "prefill" | "decode", index: number): string {
  return `gpu-node-${phase}-${index}`;
}

/** Creates a request whose phases ran on the machines `index`; without phases all spans go straight through. */
export function createPayload(index: number, hasPhases: boolean): Payload {
  const { body, places } = encode(index, hasPhases);
  return {
    at(number, nowMs) {
      for (const { traceAt, startAt, endAt, fromMs, toMs } of places) {
        body.writeUInt32BE(number, traceAt);
        body.writeBigUInt64LE(BigInt(Math.round(nowMs + fromMs)) * 1_000_000n, startAt);
        body.writeBigUInt64LE(BigInt(Math.round(nowMs + toMs)) * 1_000_000n, endAt);
      }
      return body;
    },
  };
}

function encode(
  index: number,
  hasPhases: boolean,
): { readonly body: Buffer; readonly places: readonly Place[] } {
  const drafts = Array.from({ length: SPANS }, (_, i) => draftOf(i, hasPhases));
  const groups = (["frontend", "prefill", "decode"] as const).map((service) => ({
    resource: { attributes: pairs(resourceOf(service, index)) },
    scopeSpans: [
      {
        scope: { name: "serving", version: "1.6.1" },
        spans: drafts.filter((draft) => draft.service === service).map(({ span }) => span),
      },
    ],
  }));
  const type = otlpType("ExportTraceServiceRequest");
  const body = Buffer.from(type.encode(type.fromObject({ resourceSpans: groups })).finish());
  const order = groups.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  return { body, places: order.map(createPlaceFinder(body)) };
}

interface SpanObject {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: number;
  /** Ms relative to the end of the trace, until they are placed. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly object[];
}

interface Place {
  /** Where the number of the request stands in the trace id. */
  readonly traceAt: number;
  readonly startAt: number;
  readonly endAt: number;
  readonly fromMs: number;
  readonly toMs: number;
}

type Service = "frontend" | "prefill" | "decode";

function draftOf(i: number, hasPhases: boolean): { service: Service; span: SpanObject } {
  const trace = Math.floor(i / SPANS_OF_TRACE);
  const place = i % SPANS_OF_TRACE;
  const traceId = Buffer.alloc(16, 0xa7);
  traceId.writeUInt32BE(0, 0);
  traceId.writeUInt32BE(trace, 12);
  const idOf = (n: number): Buffer => {
    const id = Buffer.alloc(8, 0xb3);
    id.writeUInt32BE(trace, 0);
    id.writeUInt32BE(n + 1, 4);
    return id;
  };
  const isPrefill = hasPhases && place === 1;
  const isDecode = hasPhases && place === 2;
  const jitterMs = (trace * 37) % 900;
  const phase = isPrefill ? "prefill" : "decode";
  const service: Service = isPrefill ? "prefill" : isDecode ? "decode" : serviceOf(place);
  return {
    service,
    span: {
      traceId,
      spanId: idOf(place),
      parentSpanId: place === 0 ? Buffer.alloc(0) : idOf(0),
      name:
        isPrefill || isDecode ? `${phase} Llama-3.3-70B` : (names[place % names.length] as string),
      kind: 2,
      fromMs: isDecode ? -DECODE_MS - jitterMs : -DECODE_MS - PREFILL_MS - jitterMs,
      toMs: isPrefill ? -DECODE_MS - jitterMs : -jitterMs,
      startTimeUnixNano: marker(i, 1),
      endTimeUnixNano: marker(i, 2),
      attributes: pairs({
        ...spanAttributes(i),
        ...(isPrefill || isDecode
          ? {
              "footprint.inference.phase": phase,
              "footprint.inference.processed_tokens": isPrefill ? 1200 + (i % 100) : 300 + (i % 50),
            }
          : {}),
      }),
    },
  };
}

const names = ["POST /v1/chat/completions", "router.schedule", "kv.lookup", "tokenize", "enqueue"];

function serviceOf(place: number): Service {
  return place < 10 ? "frontend" : place < 14 ? "prefill" : "decode";
}

function resourceOf(service: Service, index: number): Readonly<Record<string, unknown>> {
  const node = service === "frontend" ? "cpu-node-1" : nodeName(service, index);
  return {
    "service.name": `serving-${service}`,
    "service.instance.id": `${service}-7d9f8b6c5-x2k4j`,
    "k8s.pod.uid": "8f14e45f-ceea-467f-a0e6-1b2c3d4e5f60",
    "cloud.region": "eu-west-3",
    "host.name": node,
  };
}

function pairs(attributes: Readonly<Record<string, unknown>>): object[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: asValue(value) }));
}

function asValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

/** A time that no other span has, to be found again among the bytes. */
function marker(i: number, which: number): string {
  return String(0x5afe_0000_0000_0000n + BigInt(i) * 4n + BigInt(which));
}

/** Finds spans in the order in which they were encoded. */
function createPlaceFinder(body: Buffer): (span: SpanObject) => Place {
  let from = 0;
  const find = (bytes: Buffer): number => {
    const at = body.indexOf(bytes, from);
    if (at < 0) throw new Error("a span is not where it should be");
    from = at + bytes.length;
    return at;
  };
  const timeOf = (text: string): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(text));
    return bytes;
  };
  return ({ traceId, startTimeUnixNano, endTimeUnixNano, fromMs, toMs }) => ({
    traceAt: find(traceId),
    startAt: find(timeOf(startTimeUnixNano)),
    endAt: find(timeOf(endTimeUnixNano)),
    fromMs,
    toMs,
  });
}
