import type { Log } from "../log.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { ExporterSettings } from "../send/exporter-options.ts";
import { createFanOut } from "../send/fan-out.ts";
import { createOtlpHttpExporter } from "../send/otlp-http.ts";
import type { Telemetry } from "../telemetry.ts";
import { createSiteExchange, type SiteExchange } from "./site-exchange.ts";

/** This site and the gateways of others. */
export interface SitesOptions {
  /** Of this site. */
  readonly name: string;
  /** Site name to its gateway. */
  readonly peers: ReadonlyMap<string, ExporterSettings>;
  /** How long a trace waits for a site that knows the parent of its topmost span here, ms. */
  readonly parentWaitMs: number;
}

/** An exchange with its connections. */
interface Sites {
  readonly exchange: SiteExchange;
  shutdown(withinMs: number): Promise<unknown>;
}

/** Starts telling other sites over OTLP/HTTP; each has a queue of its own, and one that is down does not hold others up. */
export function startSites(
  { name, peers, parentWaitMs }: SitesOptions,
  { join }: Pick<PipelineOptions, "join">,
  telemetry: Telemetry,
  log: Log,
): Sites {
  const exporters = [...peers].map(([peer, settings]) =>
    createOtlpHttpExporter({
      ...settings,
      dropsWhenFull: true,
      name: `site ${peer}`,
      telemetry,
      log,
    }),
  );
  const emit = createFanOut(exporters, telemetry);
  const exchange = createSiteExchange(
    {
      name,
      peers: [...peers.keys()],
      silentAfterMs: join.holdMs,
      parentWaitMs,
      send: (body) => emit("traces", "protobuf", body),
    },
    Date.now(),
  );
  telemetry.observeValues(
    "wattspan_silent_sites",
    "Sites that say nothing and are not waited for.",
    ["site"],
    () => {
      const silent = new Set(exchange.silentAt(Date.now()));
      return [...peers.keys()].map((peer) => [{ site: peer }, silent.has(peer) ? 1 : 0]);
    },
  );
  telemetry.observeCounts(
    "wattspan_unknown_sites_total",
    "Requests of sites that are not configured, left out.",
    "reason",
    () => new Map([["not_configured", exchange.strangers]]),
  );
  return {
    exchange,
    shutdown: (withinMs) => Promise.all(exporters.map((exporter) => exporter.shutdown(withinMs))),
  };
}
