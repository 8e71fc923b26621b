import { instantOfMs } from "@wattspan/footprint";
import type { Log, NodeOptions } from "@wattspan/gateway";
import type { GridConfig } from "../config/grid.ts";
import type { Grid } from "../open-grid.ts";

/** Values of the last week stand in where a provider fails. */
const BACK_MS = 8 * 24 * 3_600_000;
const AHEAD_MS = 3_600_000;

/** Fetches factors of the nodes' zones now and then until the function it gives is called; never blocks anything. */
export function keepGridFresh(
  grid: Grid,
  nodes: readonly NodeOptions[],
  { refreshIntervalMs }: GridConfig,
  log: Log,
): () => void {
  if (!grid.hasProviders) return () => undefined;
  const zones = [...new Set(nodes.flatMap(({ zone }) => (zone === undefined ? [] : [zone])))];
  const failing = new Set<string>();
  let isStopped = false;

  async function refresh(): Promise<void> {
    const nowMs = Date.now();
    const outcomes = await grid.refresh(
      zones,
      instantOfMs(nowMs - BACK_MS),
      instantOfMs(nowMs + AHEAD_MS),
    );
    if (isStopped) return;
    for (const { provider, zone, status, reason } of outcomes) {
      const key = `${provider} ${zone}`;
      if (status === "failed" && !failing.has(key)) {
        failing.add(key);
        log.warn("grid provider failed", { provider, zone, reason });
      } else if (status === "fetched" && failing.delete(key)) {
        log.info("grid provider is back", { provider, zone });
      }
    }
  }

  void refresh();
  const timer = setInterval(() => void refresh(), refreshIntervalMs);
  timer.unref();
  return () => {
    isStopped = true;
    clearInterval(timer);
  };
}
