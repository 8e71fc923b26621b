import type { MeterReading, PodSighting } from "@wattspan/footprint";
import type { Log, Telemetry } from "@wattspan/gateway";
import { createMeterFleet, createMeterSource, type MeterFleet } from "@wattspan/sources";
import type { FileConfig } from "./config/config.ts";
import { nodeNamed } from "./config/node-named.ts";

/** Starts reading the configured meters; readings of the chosen ones go to `onReadings`. */
export function startMeters(
  { meters, nodes }: FileConfig,
  onReadings: (readings: readonly MeterReading[]) => void,
  log?: Log,
  onPods: (sightings: readonly PodSighting[]) => void = () => {},
): MeterFleet {
  const nameOf = (node: string): string => nodeNamed(nodes, node)?.name ?? node;
  const fleet = createMeterFleet({
    sources: meters.sources.map(({ node, ...settings }) =>
      createMeterSource({ ...settings, ...(node === undefined ? {} : { node: nameOf(node) }) }),
    ),
    nodes: nodes.map((node) => ({
      ...node,
      devices: [...node.devices, ...(node.host?.devices ?? [])],
    })),
    onReadings,
    onPods,
    onState(source, state, reason) {
      const failures = fleet.sources.find(({ name }) => name === source)?.failures;
      if (state === "lost") log?.warn("a meter gives no readings", { about: source, reason });
      else log?.info("a meter gives readings again", { about: source, failures });
    },
  });
  fleet.start();
  return fleet;
}

/** Shows at `/metrics` what meters were asked for in vain, and which of their values could not be used. */
export function countMeters({ sources }: MeterFleet, telemetry: Telemetry): void {
  const bySource = (countOf: (source: MeterFleet["sources"][number]) => number) => () =>
    new Map(sources.map((source) => [source.name, countOf(source)]));
  telemetry.observeCounts(
    "wattspan_meter_failures_total",
    "Reads of a meter source that failed.",
    "source",
    bySource(({ failures }) => failures),
  );
  telemetry.observeCounts(
    "wattspan_meter_readings_total",
    "Readings of a meter source, of devices not chosen too.",
    "source",
    bySource(({ readings }) => readings),
  );
  telemetry.observeCounts(
    "wattspan_meter_unread_total",
    "Values of a meter source that could not be used.",
    "source",
    bySource(({ unread }) => [...unread.values()].reduce((sum, count) => sum + count, 0)),
  );
}
