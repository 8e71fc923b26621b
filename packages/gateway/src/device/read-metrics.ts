import { type EngineCount, isEngineMetric } from "@wattspan/footprint";
import { type Encoding, scanMetrics } from "@wattspan/otlp";
import type { NodeOptions, PipelineOptions } from "../pipeline-options.ts";
import { readEnginePoints } from "./read-engines.ts";
import { createMeterReader, isMeterMetric, type MetersRead } from "./read-meters.ts";

/** What meters and engines say in a request of metrics. */
interface MetricsRead extends MetersRead {
  readonly counts: readonly EngineCount[];
}

/** Reads requests of metrics. */
export interface MetricsReader {
  /** Undefined where none is a meter's or an engine's. Throws `OtlpError` for broken bytes. */
  read(encoding: Encoding, body: Uint8Array): MetricsRead | undefined;
  /** Meters are on these nodes from now on. */
  renew(nodes: readonly NodeOptions[]): void;
  /** `hw.type` of devices, by their key, as their meters said. */
  readonly deviceKinds: ReadonlyMap<string, string>;
}

const isRead = (name: string): boolean => isMeterMetric(name) || isEngineMetric(name);

/** Creates the reader for configured nodes. */
export function createMetricsReader({
  nodes,
  meters: { exporterIntervalMs },
}: Pick<PipelineOptions, "nodes" | "meters">): MetricsReader {
  let readMeters = createMeterReader(nodes, exporterIntervalMs);
  const deviceKinds = new Map<string, string>();
  return {
    read(encoding, body) {
      const points = scanMetrics(body, encoding, isRead);
      if (points.length === 0) return undefined;
      const meters = readMeters(points);
      for (const [device, kind] of meters.kinds) deviceKinds.set(device, kind);
      return { ...meters, counts: readEnginePoints(points) };
    },
    renew(renewed) {
      readMeters = createMeterReader(renewed, exporterIntervalMs);
    },
    deviceKinds,
  };
}
