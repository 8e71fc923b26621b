import type { Attributes, AttributeValue } from "./attribute-value.ts";
import { OtlpError } from "./errors.ts";
import { scanMetricsJson } from "./json/scan-metrics-json.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import type { Encoding } from "./span-table.ts";
import { textAt } from "./text.ts";
import {
  BYTES,
  FIXED64,
  type FieldCursor,
  fieldsOf,
  readField,
  VARINT,
} from "./wire/read-field.ts";
import { readKeyValue } from "./wire/read-value.ts";

/** One data point of a gauge or sum; points without a value are left out, never read as 0. */
export interface NumberPoint {
  readonly metric: string;
  readonly unit: string;
  readonly kind: "gauge" | "sum";
  /** Always false on a gauge. */
  readonly monotonic: boolean;
  readonly temporality: "unspecified" | "delta" | "cumulative";
  readonly value: number;
  /** 0 where the sender gave none. */
  readonly startUnixNano: bigint;
  readonly timeUnixNano: bigint;
  readonly attributes: Attributes;
  readonly resourceAttributes: Attributes;
}

/**
 * Points of the gauges and sums whose name is wanted; other metrics are passed over unread. Throws `OtlpError` where
 * the bytes are broken or over a limit.
 */
export function scanMetrics(
  body: Uint8Array,
  encoding: Encoding,
  isWanted: (name: string) => boolean,
  limits: Partial<Limits> = {},
): readonly NumberPoint[] {
  const { bodyBytes } = { ...defaultLimits, ...limits };
  if (body.length > bodyBytes) throw new OtlpError("too_large", bodyBytes, "request too large");
  if (encoding === "json") return scanMetricsJson(body, isWanted);
  const points: NumberPoint[] = [];
  eachMessage(body, 0, body.length, 1, (from, to) =>
    scanResource(body, from, to, isWanted, points),
  );
  return points;
}

/** Walks the sub-messages `number` of the message in `[start, end)`; throws where the framing is broken. */
function eachMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  number: number,
  visit: (from: number, to: number) => void,
): void {
  eachField(bytes, start, end, (field) => {
    if (field.number === number && field.wire === BYTES) visit(field.from, field.to);
  });
}

function eachField(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (field: FieldCursor) => void,
): void {
  const field = fieldsOf(bytes, start, end);
  while (readField(field)) visit(field);
  if (field.fault !== 0) throw new OtlpError("malformed", field.entry, "broken protobuf field");
}

function scanResource(
  body: Uint8Array,
  start: number,
  end: number,
  isWanted: (name: string) => boolean,
  points: NumberPoint[],
): void {
  const resource = new Map<string, AttributeValue>();
  eachMessage(body, start, end, 1, (from, to) => {
    eachMessage(body, from, to, 1, (a, b) => readKeyValue(body, a, b, resource));
  });
  eachMessage(body, start, end, 2, (from, to) => {
    eachMessage(body, from, to, 2, (a, b) => scanMetric(body, a, b, resource, isWanted, points));
  });
}

function scanMetric(
  body: Uint8Array,
  start: number,
  end: number,
  resourceAttributes: Attributes,
  isWanted: (name: string) => boolean,
  points: NumberPoint[],
): void {
  let metric = "";
  let unit = "";
  let kind: "gauge" | "sum" | undefined;
  let from = 0;
  let to = 0;
  eachField(body, start, end, (field) => {
    if (field.wire !== BYTES) return;
    if (field.number === 1) metric = textAt(body, field.from, field.to);
    else if (field.number === 3) unit = textAt(body, field.from, field.to);
    else if (field.number === 5 || field.number === 7) {
      kind = field.number === 5 ? "gauge" : "sum";
      ({ from, to } = field);
    }
  });
  if (kind === undefined || !isWanted(metric)) return;
  let temporality: NumberPoint["temporality"] = "unspecified";
  let monotonic = false;
  eachField(body, from, to, (field) => {
    if (field.wire !== VARINT) return;
    const value = body[field.from] as number;
    if (field.number === 2)
      temporality = value === 1 ? "delta" : value === 2 ? "cumulative" : "unspecified";
    if (field.number === 3) monotonic = value === 1;
  });
  const base = { metric, unit, kind, monotonic, temporality, resourceAttributes };
  eachMessage(body, from, to, 1, (a, b) => {
    const point = readPoint(body, a, b);
    if (point !== undefined) points.push({ ...base, ...point });
  });
}

function readPoint(
  body: Uint8Array,
  start: number,
  end: number,
): Pick<NumberPoint, "value" | "startUnixNano" | "timeUnixNano" | "attributes"> | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const attributes = new Map<string, AttributeValue>();
  let value: number | undefined;
  let startUnixNano = 0n;
  let timeUnixNano = 0n;
  eachField(body, start, end, (field) => {
    if (field.number === 7 && field.wire === BYTES)
      readKeyValue(body, field.from, field.to, attributes);
    if (field.wire !== FIXED64) return;
    if (field.number === 2) startUnixNano = view.getBigUint64(field.from, true);
    else if (field.number === 3) timeUnixNano = view.getBigUint64(field.from, true);
    else if (field.number === 4) value = view.getFloat64(field.from, true);
    else if (field.number === 6) value = Number(view.getBigInt64(field.from, true));
  });
  return value === undefined ? undefined : { value, startUnixNano, timeUnixNano, attributes };
}
