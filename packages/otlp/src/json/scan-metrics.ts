import type { Attributes } from "../attribute-value.ts";
import { errorOf, MALFORMED } from "../fault.ts";
import { type ByteMatcher, createByteMatcher } from "../match-bytes.ts";
import { addPoint, type MetricScan } from "../metric-scan.ts";
import { type MetricHead, NO_RECORDED_VALUE, temporalityOf } from "../number-point.ts";
import { checkText } from "./check-text.ts";
import { checkAttributes } from "./check-value.ts";
import { readResource } from "./read-envelope.ts";
import { doubleAt, int32At, int64At, uint64At } from "./read-number.ts";
import { readAttributes } from "./read-value.ts";
import {
  afterValue,
  isArray,
  isNull,
  isObject,
  isString,
  matchString,
  skipSpace,
  stringAt,
  type Visit,
  walkArray,
  walkObject,
} from "./walk-value.ts";

const REQUEST = createByteMatcher(["resourceMetrics"]);
const RESOURCE_METRICS = createByteMatcher(["scopeMetrics", "resource"]);
const SCOPE_METRICS = createByteMatcher(["metrics"]);
const METRIC = createByteMatcher([
  "name",
  "unit",
  "gauge",
  "sum",
  "histogram",
  "exponentialHistogram",
  "summary",
]);
const GAUGE = 2;
const SUM = 3;
const DATA = createByteMatcher(["dataPoints", "aggregationTemporality", "isMonotonic"]);
const POINT = createByteMatcher([
  "asDouble",
  "asInt",
  "startTimeUnixNano",
  "timeUnixNano",
  "attributes",
  "flags",
]);

/** One level of the request: the scan, how many points there were before, and the resource around. */
interface Level {
  readonly scan: MetricScan;
  readonly before: number;
  readonly resource: number;
  attributes: Attributes | undefined;
}

/** Fills the scan's points from an ExportMetricsServiceRequest in JSON. */
export function scanJsonMetrics(scan: MetricScan): void {
  const { bytes, limits } = scan;
  checkText(bytes, 2 * limits.depth);
  const pos = skipSpace(bytes, 0);
  walkObjectAt(bytes, pos, visitRequest, openLevel(scan, 0));
}

function openLevel(scan: MetricScan, resource: number): Level {
  return { scan, before: scan.points.length, resource, attributes: undefined };
}

function visitRequest(bytes: Uint8Array, key: number, value: number, level: Level): number {
  if (matchString(REQUEST, bytes, key) < 0) return afterValue(bytes, value);
  return walkList(bytes, value, visitResourceMetrics, level);
}

function visitResourceMetrics(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  return walkObjectAt(bytes, pos, visitResourceField, openLevel(level.scan, pos));
}

function visitResourceField(bytes: Uint8Array, key: number, value: number, level: Level): number {
  if (matchString(RESOURCE_METRICS, bytes, key) !== 0) return afterValue(bytes, value);
  return walkList(bytes, value, visitScopeMetrics, level);
}

function visitScopeMetrics(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  const inner: Level = { ...level, before: level.scan.points.length };
  const end = walkObjectAt(bytes, pos, visitScopeField, inner);
  level.attributes = inner.attributes;
  return end;
}

function visitScopeField(bytes: Uint8Array, key: number, value: number, level: Level): number {
  if (matchString(SCOPE_METRICS, bytes, key) < 0) return afterValue(bytes, value);
  return walkList(bytes, value, visitMetric, level);
}

function visitMetric(bytes: Uint8Array, _: number, pos: number, level: Level): number {
  const places = findPlaces(bytes, pos, METRIC, 7);
  const kinds = places.filter((place, i) => i >= GAUGE && place > 0);
  const data = Math.max(0, ...kinds);
  const metric = textOf(bytes, places[0]);
  const isNumber = data > 0 && (data === places[GAUGE] || data === places[SUM]);
  if (isNumber && level.scan.isWanted(metric)) {
    level.attributes ??= readChecked(level);
    const unit = textOf(bytes, places[1]);
    const head = { metric, unit, resourceAttributes: level.attributes };
    scanData(level.scan, data, data === places[SUM], head);
  }
  return afterValue(bytes, pos);
}

function scanData(
  scan: MetricScan,
  pos: number,
  isSum: boolean,
  part: Pick<MetricHead, "metric" | "unit" | "resourceAttributes">,
): void {
  const { bytes } = scan;
  const [points = 0, temporality = 0, monotonic = 0] = findPlaces(bytes, pos, DATA, 3);
  const head: MetricHead = {
    ...part,
    kind: isSum ? "sum" : "gauge",
    monotonic: isSum && monotonic > 0 && bytes[monotonic] === 0x74,
    temporality: temporalityOf(isSum ? readAt(bytes, temporality, int32At, 0) : 0),
  };
  if (points > 0) walkList(bytes, points, visitPoint, { ...openLevel(scan, 0), head });
}

function visitPoint(
  bytes: Uint8Array,
  _: number,
  pos: number,
  { scan, head }: Level & { readonly head: MetricHead },
): number {
  const places = findPlaces(bytes, pos, POINT, 6);
  const [asDouble = 0, asInt = 0, start = 0, time = 0, attributes = 0, flags = 0] = places;
  const isEmpty = (readAt(bytes, flags, int32At, 0) & NO_RECORDED_VALUE) !== 0;
  const end = afterValue(bytes, pos);
  if (isEmpty || (asDouble === 0 && asInt === 0)) return end;
  if (attributes > 0) refuse(checkAttributes(bytes, attributes, scan.limits), attributes);
  const value =
    asDouble > asInt
      ? readAt(bytes, asDouble, doubleAt, 0)
      : Number(readAt(bytes, asInt, int64At, 0n));
  const startUnixNano = readAt(bytes, start, uint64At, 0n);
  const timeUnixNano = readAt(bytes, time, uint64At, 0n);
  const read = readAttributes(bytes, attributes);
  addPoint(scan, { ...head, value, startUnixNano, timeUnixNano, attributes: read }, pos);
  return end;
}

/** Positions of the values of an object's members by name, the last of each; 0 where absent or null. */
function findPlaces(bytes: Uint8Array, pos: number, names: ByteMatcher, count: number): number[] {
  const places = new Array<number>(count).fill(0);
  walkObjectAt(bytes, pos, visitPlace, { names, places });
  return places;
}

function visitPlace(
  bytes: Uint8Array,
  key: number,
  value: number,
  { names, places }: { readonly names: ByteMatcher; readonly places: number[] },
): number {
  const name = matchString(names, bytes, key);
  if (name >= 0) places[name] = isNull(bytes, value) ? 0 : value;
  return afterValue(bytes, value);
}

function readAt<Value>(
  bytes: Uint8Array,
  pos: number,
  read: (bytes: Uint8Array, pos: number) => Value | undefined,
  absent: Value,
): Value {
  if (pos === 0) return absent;
  const value = read(bytes, pos);
  if (value === undefined) throw errorOf(MALFORMED, pos);
  return value;
}

function readChecked({ scan, resource }: Level): Attributes {
  const { bytes } = scan;
  const places = findPlaces(bytes, resource, RESOURCE_METRICS, 2);
  const [attributes = 0] =
    (places[1] ?? 0) > 0 ? findPlaces(bytes, places[1] as number, ATTRIBUTES, 1) : [];
  if (attributes > 0) refuse(checkAttributes(bytes, attributes, scan.limits), attributes);
  return readResource(bytes, resource);
}

const ATTRIBUTES = createByteMatcher(["attributes"]);

function textOf(bytes: Uint8Array, pos = 0): string {
  if (pos === 0) return "";
  if (!isString(bytes, pos)) throw errorOf(MALFORMED, pos);
  return stringAt(bytes, pos);
}

/** Walks a list; of a list written twice the last counts, so points of the first are forgotten. */
function walkList<Context extends Level>(
  bytes: Uint8Array,
  pos: number,
  visit: Visit<Context>,
  level: Context,
): number {
  level.scan.points.length = level.before;
  if (isNull(bytes, pos)) return afterValue(bytes, pos);
  if (!isArray(bytes, pos)) throw errorOf(MALFORMED, pos);
  return walkArray(bytes, pos, visit, level);
}

function walkObjectAt<Context>(
  bytes: Uint8Array,
  pos: number,
  visit: Visit<Context>,
  context: Context,
): number {
  if (!isObject(bytes, pos)) throw errorOf(MALFORMED, pos);
  return walkObject(bytes, pos, visit, context);
}

function refuse(end: number, pos: number): void {
  if (end < 0) throw errorOf(end, pos);
}
