import type { EngineCount } from "@wattspan/footprint";
import type { Log, Telemetry } from "@wattspan/gateway";
import { createEnginePage } from "@wattspan/sources";
import type { FileConfig } from "./config/config.ts";

/** Engines that are being read. */
export interface RunningEngines {
  /** Reads once more as soon as it can. */
  flush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** Starts reading the counters of the configured engines; what they counted goes to `onCounts`. */
export function startEngines(
  { engines }: FileConfig,
  onCounts: (counts: readonly EngineCount[]) => void,
  log?: Log,
  telemetry?: Telemetry,
): RunningEngines {
  const failures = new Map<string, number>();
  const pages = engines.map(createEnginePage);
  for (const page of pages) {
    const { name } = page;
    failures.set(name, 0);
    let isLost = false;
    page.start({
      onCounts,
      onLost(reason) {
        failures.set(name, (failures.get(name) ?? 0) + 1);
        if (!isLost) log?.warn("an engine gives no counts", { about: name, reason });
        isLost = true;
      },
      onFound() {
        if (isLost) {
          const count = failures.get(name);
          log?.info("an engine gives counts again", { about: name, failures: count });
        }
        isLost = false;
      },
    });
  }
  telemetry?.observeCounts(
    "wattspan_engine_failures_total",
    "Reads of an engine's counters that failed.",
    "engine",
    () => failures,
  );
  return {
    async flush() {
      await Promise.all(pages.map((page) => page.flush()));
    },
    async shutdown() {
      await Promise.all(pages.map((page) => page.shutdown()));
    },
  };
}
