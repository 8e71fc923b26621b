import type { MeterReading } from "@wattspan/footprint";
import type { Log } from "@wattspan/gateway";
import { createMeterFleet, createMeterSource, type MeterFleet } from "@wattspan/sources";
import type { FileConfig } from "./config/config.ts";

/** Starts reading the configured meters; readings of the chosen ones go to `onReadings`. */
export function startMeters(
  { meters, nodes }: FileConfig,
  onReadings: (readings: readonly MeterReading[]) => void,
  log?: Log,
): MeterFleet {
  const nameOf = (node: string): string =>
    nodes.find(({ name, aliases }) => name === node || aliases.includes(node))?.name ?? node;
  const fleet = createMeterFleet({
    sources: meters.sources.map(({ node, ...settings }) =>
      createMeterSource({ ...settings, ...(node === undefined ? {} : { node: nameOf(node) }) }),
    ),
    nodes,
    onReadings,
    onState(source, state, reason) {
      const failures = fleet.sources.find(({ name }) => name === source)?.failures;
      if (state === "lost") log?.warn("a meter gives no readings", { about: source, reason });
      else log?.info("a meter gives readings again", { about: source, failures });
    },
  });
  fleet.start();
  return fleet;
}
