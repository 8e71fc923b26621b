import {
  addNs,
  deviceKey,
  instantOf,
  type MeterKind,
  type MeterReading,
  type PodSighting,
} from "@wattspan/footprint";
import type { NumberPoint } from "@wattspan/otlp";
import type { NodeOptions } from "../pipeline-options.ts";
import { createNodeFinder, type NodeFinder, nodeIdentityKeys, readNames } from "./find-node.ts";
import { type MeterMetric, meterMetrics } from "./meter-metrics.ts";

/** Why a point of a meter's metric was not read. */
type UnreadReason =
  | "blank"
  | "delta_temporality"
  | "negative"
  | "no_device"
  | "no_node"
  | "no_time"
  | "not_a_level"
  | "not_finite"
  | "unknown_temporality"
  | "unknown_unit";

/** Readings of known meters, and how many points could not be read and why. */
export interface MetersRead {
  /** Sorted by device, kind and time; one per device, kind and time. */
  readonly readings: readonly MeterReading[];
  readonly unread: ReadonlyMap<UnreadReason, number>;
  /** By device, its `hw.type`. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Which pods had the devices. */
  readonly sightings: readonly PodSighting[];
}

/** Reads the points of meter metrics; others are passed over. */
export type ReadMeters = (points: readonly NumberPoint[]) => MetersRead;

const units: Readonly<Record<MeterKind, ReadonlyMap<string, number>>> = {
  counter: new Map([
    ["J", 1],
    ["mJ", 1e-3],
    ["kJ", 1e3],
    ["MJ", 1e6],
    ["W.h", 3600],
    ["Wh", 3600],
    ["kW.h", 3.6e6],
    ["kWh", 3.6e6],
  ]),
  power: new Map([
    ["W", 1],
    ["mW", 1e-3],
    ["kW", 1e3],
  ]),
};

const nodeLabelKeys = ["Hostname", "hostname", "host", "node_name"];
/** As dcgm-exporter writes them, as Prometheus moves them out of the way, and as old exporters did. */
const podKeys = ["exported_pod", "pod", "pod_name"];
const namespaceKeys = ["exported_namespace", "namespace", "pod_namespace"];

/** Whether a metric of this name is a meter's. */
export function isMeterMetric(name: string): boolean {
  return meterMetrics.has(name);
}

/** dcgm-exporter's own default. */
const EXPORTER_INTERVAL_MS = 30_000;

/**
 * Creates the reader for configured nodes; a node or device that is not configured keeps the name it gives.
 * A board that is reported once per partition (MIG, time slices) is read once, at its greatest value. A point's time is
 * that of the scrape: a value out of an exporter's cache is of some time in the `exporterIntervalMs` before, whatever
 * came earlier, so that the order of requests does not matter.
 */
export function createMeterReader(
  nodes: readonly NodeOptions[],
  exporterIntervalMs: number = EXPORTER_INTERVAL_MS,
): ReadMeters {
  const finder = createNodeFinder(nodes);
  return (points) => {
    const readings = new Map<string, MeterReading>();
    const unread = new Map<UnreadReason, number>();
    const kinds = new Map<string, string>();
    const sightings: PodSighting[] = [];
    for (const point of points) {
      const meter = meterMetrics.get(point.metric);
      const read =
        meter === undefined ? undefined : readPoint(finder, meter, point, exporterIntervalMs);
      if (typeof read === "string") unread.set(read, (unread.get(read) ?? 0) + 1);
      else if (read !== undefined && meter !== undefined) {
        keepGreatest(readings, read, point.timeUnixNano);
        kinds.set(read.device, typeOf(point, meter) ?? "gpu");
        sightings.push(...podsOf(finder, point, read));
      }
    }
    return { readings: [...readings.values()].sort(compareReadings), unread, kinds, sightings };
  };
}

function keepGreatest(
  readings: Map<string, MeterReading>,
  reading: MeterReading,
  timeUnixNano: bigint,
): void {
  const key = `${reading.kind} ${timeUnixNano} ${reading.device}`;
  const known = readings.get(key);
  if (known === undefined || reading.value > known.value) readings.set(key, reading);
}

/** Undefined: a point that is nobody's business, such as a fan's power. */
function readPoint(
  finder: NodeFinder,
  meter: MeterMetric,
  point: NumberPoint,
  exporterIntervalMs: number,
): MeterReading | UnreadReason | undefined {
  if (meter.only !== undefined && textsOf(point, [meter.only[0]])[0] !== meter.only[1])
    return undefined;
  const id = idOf(point, meter);
  const node = id === undefined ? undefined : nodeOf(finder, point, id);
  if (meter.isGeneral === true && typeOf(point, meter) !== "gpu") {
    const configured = node === undefined ? undefined : finder.byName(node);
    const isWanted =
      id !== undefined && configured !== undefined && finder.deviceOf(configured, id) !== undefined;
    if (!isWanted) return undefined;
  }
  if (id === undefined) return "no_device";
  if (node === undefined) return "no_node";
  const value = readValue(meter, point);
  if (typeof value === "string") return value;
  const at = instantOf(point.timeUnixNano);
  const { cachedMs = 0, reachMs = 0 } = meter;
  const rangeMs = (cachedMs === "configured" ? exporterIntervalMs : cachedMs) + reachMs;
  return {
    device: deviceKey(node, id),
    kind: meter.kind,
    value,
    at,
    ...(rangeMs > 0 ? { earliest: addNs(at, -rangeMs * 1e6) } : {}),
  };
}

function idOf(point: NumberPoint, { idKeys, idPrefix = "" }: MeterMetric): string | undefined {
  const id = textsOf(point, idKeys)[0];
  return id === undefined || id.startsWith(idPrefix) ? id : `${idPrefix}${id}`;
}

function typeOf(point: NumberPoint, { type }: MeterMetric): string | undefined {
  return textsOf(point, ["hw.type"])[0] ?? type;
}

/** The pod that a point's own labels say; an exporter's resource names the exporter's pod. */
function podsOf(
  finder: NodeFinder,
  { attributes, timeUnixNano }: NumberPoint,
  { device }: MeterReading,
): readonly PodSighting[] {
  const [pod] = readNames(attributes, podKeys);
  if (pod === undefined) return [];
  const [namespace] = readNames(attributes, namespaceKeys);
  const slash = device.indexOf("/");
  const node = device.slice(0, slash);
  const id = finder.partOf(node, device.slice(slash + 1), readNames(attributes, ["GPU_I_ID"])[0]);
  return [
    {
      pod,
      node,
      id,
      at: instantOf(timeUnixNano),
      ...(namespace === undefined ? {} : { namespace }),
    },
  ];
}

/**
 * The machine of a device: the first configured node that the labels name, unless the device is configured
 * on exactly one other (dcgm-exporter labels with its pod's name where NODE_NAME is not set).
 */
function nodeOf(finder: NodeFinder, point: NumberPoint, deviceId: string): string | undefined {
  const names = [
    ...readNames(point.attributes, nodeLabelKeys),
    ...textsOf(point, nodeIdentityKeys),
  ];
  const named = names.map((name) => finder.byName(name)).find((node) => node !== undefined);
  if (named !== undefined && finder.deviceOf(named, deviceId) !== undefined) return named.name;
  return (finder.byDevice(deviceId) ?? named)?.name ?? names[0];
}

/** Texts of a point's attributes, then of its resource's. */
function textsOf(point: NumberPoint, keys: readonly string[]): readonly string[] {
  return [...readNames(point.attributes, keys), ...readNames(point.resourceAttributes, keys)];
}

/** Joules or watts, or why the point says neither. */
function readValue(meter: MeterMetric, point: NumberPoint): number | UnreadReason {
  if (point.timeUnixNano <= 0n) return "no_time";
  if (point.kind === "sum") {
    if (point.temporality === "delta") return "delta_temporality";
    if (point.temporality === "unspecified") return "unknown_temporality";
    if (meter.kind === "power" && point.monotonic) return "not_a_level";
  }
  if (!Number.isFinite(point.value)) return "not_finite";
  if (point.value < 0) return "negative";
  if (meter.blankFrom !== undefined && point.value >= meter.blankFrom) return "blank";
  const scale = point.unit === "" ? meter.scale : units[meter.kind].get(point.unit);
  return scale === undefined ? "unknown_unit" : point.value * scale;
}

function compareReadings(a: MeterReading, b: MeterReading): number {
  if (a.device !== b.device) return a.device < b.device ? -1 : 1;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  return a.at.epoch - b.at.epoch || a.at.ns - b.at.ns;
}
