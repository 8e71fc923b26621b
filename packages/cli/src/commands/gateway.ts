import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { createLog, startGateway } from "@wattspan/gateway";
import { configProblems, configWarnings } from "../config/check.ts";
import { loadConfig } from "../config/load-config.ts";
import { formatProblem } from "../config/problem.ts";
import { resolveKafka } from "../config/resolve-kafka.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import { createIntensityHistory } from "../intensity-history.ts";
import { openGrid } from "../open-grid.ts";
import { openTransport } from "../open-transport.ts";
import { startEngines } from "../start-engines.ts";
import { countMeters, startMeters } from "../start-meters.ts";
import { openConfiguredGrid } from "./open-configured-grid.ts";
import { readConfig } from "./read-config.ts";
import { createFleetReload } from "./reload-fleet.ts";
import type { Streams } from "./streams.ts";
import { untilStopped } from "./until-stopped.ts";

const readText = (path: string): Promise<string> => readFile(path, "utf8");

/** `wattspan gateway`: runs until SIGINT or SIGTERM, reloads nodes, workers and grid at SIGHUP; 0, 1 failed, 2 usage. */
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
  const opened = await openTransport(config, readText);
  if ("problems" in opened) {
    for (const problem of opened.problems) streams.stderr(`${formatProblem(problem)}\n`);
    return 1;
  }
  const log = createLog({
    write: streams.stderr,
    level: config.log.level,
    format: config.log.format,
  });
  for (const { path, message } of configWarnings(config)) log.warn(message, { about: path });
  const [first, ...others] = opened.transport.receivers;
  try {
    const intensity = createIntensityHistory(grid.intensity);
    const pipeline = resolvePipeline(config, intensity);
    const kafka = resolveKafka(config);
    // Other roles take nothing in, and ask no meters and engines.
    const isReceiving = kafka?.roles.has("receive") ?? true;
    const { name, parentWaitMs } = config.sites;
    const { exporters, peers } = opened.transport;
    const gateway = await startGateway({
      pipeline,
      ...(isReceiving ? { ...first, others } : {}),
      ...(kafka === undefined ? {} : { kafka }),
      ...(peers.size === 0 ? {} : { sites: { name, peers, parentWaitMs } }),
      admin: config.admin.endpoint,
      exporters,
      ...(config.spool ? { spool: config.spool } : {}),
      ...(config.memory.maxBytes ? { maxMemoryBytes: config.memory.maxBytes } : {}),
      metricIntervalMs: config.metrics.intervalMs,
      log,
    });
    const asked = isReceiving
      ? config
      : { ...config, engines: [], meters: { ...config.meters, sources: [] } };
    const meters = startMeters(asked, gateway.pipeline.addReadings, log, gateway.pipeline.addPods);
    countMeters(meters, gateway.telemetry);
    const engines = startEngines(asked, gateway.pipeline.addCounts, log, gateway.telemetry);
    const fleet = createFleetReload(config, grid, {
      gateway,
      intensity,
      log,
      load: () => loadConfig({ files, readFile: readText, env: streams.env }),
      openGrid: (section) => openGrid(section, { env: streams.env, readFile: readText }),
    });
    const onHangUp = (): void => void fleet.reload();
    process.on("SIGHUP", onHangUp);
    log.info("ready", {
      grpc: gateway.addresses.grpc?.port,
      http: gateway.addresses.http?.port,
      admin: gateway.addresses.admin?.port,
    });
    await untilStopped();
    await meters.shutdown();
    await engines.shutdown();
    process.off("SIGHUP", onHangUp);
    fleet.shutdown();
    await gateway.shutdown();
    return 0;
  } catch (error) {
    streams.stderr(`wattspan gateway: ${(error as Error).message}\n`);
    return 1;
  }
}
