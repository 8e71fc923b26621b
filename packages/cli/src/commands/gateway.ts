import { parseArgs } from "node:util";
import { createLog, startGateway } from "@wattspan/gateway";
import { configProblems } from "../config/check.ts";
import { resolveKafka } from "../config/resolve-kafka.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import { countMeters, startMeters } from "../start-meters.ts";
import { keepGridFresh } from "./keep-grid-fresh.ts";
import { openConfiguredGrid } from "./open-configured-grid.ts";
import { readConfig } from "./read-config.ts";
import type { Streams } from "./streams.ts";
import { untilStopped } from "./until-stopped.ts";

/** `wattspan gateway`: runs until SIGINT or SIGTERM; 0, 1 failed, 2 usage. */
export async function runGateway(args: readonly string[], streams: Streams): Promise<number> {
  let files: readonly string[];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: "string", multiple: true } },
    });
    files = values.config ?? [];
  } catch (error) {
    streams.stderr(`${(error as Error).message}\nusage: wattspan gateway [--config FILE]...\n`);
    return 2;
  }
  const config = await readConfig(files, streams, configProblems);
  if (config === undefined) return 1;
  const grid = await openConfiguredGrid(config.grid, streams);
  if (grid === undefined) return 1;
  const log = createLog({
    write: streams.stderr,
    level: config.log.level,
    format: config.log.format,
  });
  try {
    const pipeline = resolvePipeline(config, grid.intensity);
    const kafka = resolveKafka(config);
    const { name, peers, parentWaitMs } = config.sites;
    // Others take what comes in, and ask the meters.
    const isReceiving = kafka?.roles.has("receive") ?? true;
    const { grpc, http } = isReceiving ? config.receivers.otlp : {};
    const gateway = await startGateway({
      pipeline,
      ...(kafka === undefined ? {} : { kafka }),
      ...(Object.keys(peers).length === 0
        ? {}
        : { sites: { name, peers: new Map(Object.entries(peers)), parentWaitMs } }),
      ...(grpc === undefined ? {} : { grpc }),
      ...(http === undefined ? {} : { http }),
      ...(config.admin.endpoint ? { admin: config.admin.endpoint } : {}),
      exporters: new Map(Object.entries(config.exporters)),
      metricIntervalMs: config.metrics.intervalMs,
      log,
    });
    const sources = isReceiving ? config.meters.sources : [];
    const metered = { ...config, meters: { ...config.meters, sources } };
    const meters = startMeters(metered, gateway.pipeline.addReadings, log);
    countMeters(meters, gateway.telemetry);
    const stopRefreshing = keepGridFresh(grid, pipeline.nodes, config.grid, log);
    log.info("ready", {
      grpc: gateway.addresses.grpc?.port,
      http: gateway.addresses.http?.port,
      admin: gateway.addresses.admin?.port,
    });
    await untilStopped();
    await meters.shutdown();
    stopRefreshing();
    await gateway.shutdown();
    return 0;
  } catch (error) {
    streams.stderr(`wattspan gateway: ${(error as Error).message}\n`);
    return 1;
  }
}
