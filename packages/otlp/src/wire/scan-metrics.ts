import type { Attributes, AttributeValue } from "../attribute-value.ts";
import { OtlpError } from "../errors.ts";
import { errorOf, TOO_MANY } from "../fault.ts";
import { addPoint, type MetricScan } from "../metric-scan.ts";
import { type MetricHead, NO_RECORDED_VALUE, temporalityOf } from "../number-point.ts";
import { textAt } from "../text.ts";
import { checkMessage, KEY_VALUE, RESOURCE } from "./check-message.ts";
import { readResource } from "./read-envelope.ts";
import { BYTES, FIXED64, type FieldCursor, fieldsOf, readField, VARINT } from "./read-field.ts";
import { doubleAt, merged, readKeyValue, uint64At } from "./read-value.ts";
import { int32At, int64At } from "./read-varint.ts";

const GAUGE = 5;
const SUM = 7;
const SUMMARY = 11;

/** One ResourceMetrics; its attributes are read when the first wanted point asks for them. */
interface ResourceScan extends MetricScan {
  readonly envelope: Uint8Array;
  attributes: Attributes | undefined;
}

/** Fills the scan's points from an ExportMetricsServiceRequest. */
export function scanWireMetrics(scan: MetricScan): void {
  const request = fieldsOf(scan.bytes, 0, scan.bytes.length);
  let resources = 0;
  while (readField(request)) {
    if (request.number !== 1 || request.wire !== BYTES) continue;
    resources += 1;
    if (resources > scan.limits.spans) {
      throw new OtlpError("too_many", request.entry, "too many resources");
    }
    scanResourceMetrics(scan, request);
  }
  refuseFault(request);
}

function scanResourceMetrics(scan: MetricScan, entry: FieldCursor): void {
  const { bytes, limits } = scan;
  const envelope = bytes.subarray(entry.from, entry.to);
  const resource: ResourceScan = { ...scan, envelope, attributes: undefined };
  const check = fieldsOf(bytes, entry.from, entry.to);
  while (readField(check)) {
    if (check.number !== 1 || check.wire !== BYTES) continue;
    const fault = checkMessage(bytes, check.from, check.to, RESOURCE, limits, 1);
    if (fault < 0) throw errorOf(fault, check.entry);
  }
  refuseFault(check);
  const field = fieldsOf(bytes, entry.from, entry.to);
  while (readField(field)) {
    if (field.number === 2 && field.wire === BYTES) scanScopeMetrics(resource, field);
  }
}

function scanScopeMetrics(resource: ResourceScan, entry: FieldCursor): void {
  const field = fieldsOf(resource.bytes, entry.from, entry.to);
  while (readField(field)) {
    if (field.number === 2 && field.wire === BYTES) scanMetric(resource, field);
  }
  refuseFault(field);
}

function scanMetric(resource: ResourceScan, entry: FieldCursor): void {
  const { metric, unit, data, parts } = readMetric(entry);
  if ((data !== GAUGE && data !== SUM) || !resource.isWanted(metric)) return;
  resource.attributes ??= readResource(resource.envelope);
  const content = merged(parts);
  const head = { metric, unit, resourceAttributes: resource.attributes };
  scanPoints(resource, content, { ...head, ...readKind(content, data) }, entry.entry);
}

function readMetric({ bytes, from, to }: FieldCursor): {
  readonly metric: string;
  readonly unit: string;
  readonly data: number;
  readonly parts: readonly Uint8Array[];
} {
  const field = fieldsOf(bytes, from, to);
  const parts: Uint8Array[] = [];
  let metric = "";
  let unit = "";
  let data = 0;
  while (readField(field)) {
    if (field.wire !== BYTES) continue;
    if (field.number === 1) metric = textAt(bytes, field.from, field.to);
    else if (field.number === 3) unit = textAt(bytes, field.from, field.to);
    else if (field.number >= GAUGE && field.number <= SUMMARY) {
      // One of several kinds of data: the last counts, and repeats of that one are merged.
      if (field.number !== data) parts.length = 0;
      data = field.number;
      parts.push(bytes.subarray(field.from, field.to));
    }
  }
  refuseFault(field);
  return { metric, unit, data, parts };
}

function readKind(
  content: Uint8Array,
  data: number,
): Pick<MetricHead, "kind" | "monotonic" | "temporality"> {
  const field = fieldsOf(content, 0, content.length);
  let monotonic = false;
  let temporality = 0;
  while (data === SUM && readField(field)) {
    if (field.wire !== VARINT) continue;
    if (field.number === 2) temporality = int32At(content, field.from);
    else if (field.number === 3) monotonic = int64At(content, field.from, field.to) !== 0n;
  }
  const kind = data === SUM ? "sum" : "gauge";
  return { kind, monotonic, temporality: temporalityOf(temporality) };
}

function scanPoints(scan: MetricScan, content: Uint8Array, head: MetricHead, offset: number): void {
  const field = fieldsOf(content, 0, content.length);
  while (readField(field)) {
    if (field.number === 1 && field.wire === BYTES) scanPoint(scan, field, head, offset);
  }
  if (field.fault < 0) throw errorOf(field.fault, offset);
}

function scanPoint(scan: MetricScan, entry: FieldCursor, head: MetricHead, offset: number): void {
  const field = fieldsOf(entry.bytes, entry.from, entry.to);
  const attributes = new Map<string, AttributeValue>();
  const point: OpenPoint = { startUnixNano: 0n, timeUnixNano: 0n, attributes, flags: 0, count: 0 };
  while (readField(field)) {
    const fault = readPointField(scan, field, point);
    if (fault < 0) throw errorOf(fault, offset);
  }
  if (field.fault < 0) throw errorOf(field.fault, offset);
  const { value, startUnixNano, timeUnixNano } = point;
  if (value === undefined || (point.flags & NO_RECORDED_VALUE) !== 0) return;
  addPoint(scan, { ...head, value, startUnixNano, timeUnixNano, attributes }, offset);
}

interface OpenPoint {
  value?: number;
  startUnixNano: bigint;
  timeUnixNano: bigint;
  readonly attributes: Map<string, AttributeValue>;
  flags: number;
  /** Attributes read, repeated keys counted each time. */
  count: number;
}

function readPointField(scan: MetricScan, field: FieldCursor, point: OpenPoint): number {
  const { bytes, from, to } = field;
  if (field.wire === FIXED64) readFixed(field, point);
  else if (field.number === 8 && field.wire === VARINT) point.flags = int32At(bytes, from);
  if (field.number !== 7 || field.wire !== BYTES) return 0;
  point.count += 1;
  if (point.count > scan.limits.attributes) return TOO_MANY;
  const fault = checkMessage(bytes, from, to, KEY_VALUE, scan.limits, 1);
  if (fault === 0) readKeyValue(bytes, from, to, point.attributes);
  return fault;
}

function readFixed(field: FieldCursor, point: OpenPoint): void {
  const { bytes, from } = field;
  if (field.number === 2) point.startUnixNano = uint64At(bytes, from);
  else if (field.number === 3) point.timeUnixNano = uint64At(bytes, from);
  else if (field.number === 4) point.value = doubleAt(bytes, from);
  else if (field.number === 6) point.value = Number(BigInt.asIntN(64, uint64At(bytes, from)));
}

function refuseFault(cursor: FieldCursor): void {
  if (cursor.fault < 0) throw errorOf(cursor.fault, cursor.entry);
}
