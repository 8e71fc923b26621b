import { type AdminServer, createAdminServer } from "./admin/admin-server.ts";
import { placementRoute } from "./admin/placement-route.ts";
import { type LifeState, readinessOf } from "./admin/readiness.ts";
import type { Log } from "./log.ts";
import { createFootprintMetrics } from "./metrics/footprint-metrics.ts";
import { createPipeline, type Pipeline, type PipelineObserver } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { Endpoint } from "./receive/bind-server.ts";
import { countItems } from "./receive/count-items.ts";
import { createGrpcReceiver } from "./receive/grpc.ts";
import { createHttpReceiver } from "./receive/http.ts";
import { limitMemory } from "./receive/limit-memory.ts";
import type { ExporterSettings } from "./send/exporter-options.ts";
import { createOtlpHttpExporter, type OtlpHttpExporter } from "./send/otlp-http.ts";
import { openSpool, type Spool, type SpoolSettings } from "./spool/spool.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";
import { createPipelineWatch } from "./watch-pipeline.ts";

const TICK_MS = 500;
const DRAIN_MS = 10_000;
/** With a spool what is not delivered by then is by the next start. */
const SPOOLED_DRAIN_MS = 1000;
const DEFAULT_METRIC_INTERVAL_MS = 60_000;

/** What a gateway listens on and sends to. */
export interface GatewayOptions {
  readonly pipeline: PipelineOptions;
  readonly grpc?: Endpoint;
  readonly http?: Endpoint;
  readonly admin?: Endpoint;
  /** Backend name to settings. */
  readonly exporters: ReadonlyMap<string, ExporterSettings>;
  /** Keeps what came and what leaves on the disk; absent: in memory alone. */
  readonly spool?: SpoolSettings;
  /** Objects and buffers together; past it senders are told to wait. Default: 85 % of the largest heap, bytes. */
  readonly maxMemoryBytes?: number;
  /** How often the metrics of footprints are sent, ms; default 60,000. */
  readonly metricIntervalMs?: number;
  readonly log: Log;
  readonly observer?: Pick<PipelineObserver, "onRequest">;
}

/** A running gateway. */
export interface Gateway {
  readonly pipeline: Pipeline;
  /** Counters of this process, as `/metrics` shows them. */
  readonly telemetry: Telemetry;
  readonly addresses: {
    readonly grpc?: Endpoint;
    readonly http?: Endpoint;
    readonly admin?: Endpoint;
  };
  /** Stops receiving, releases what is held, sends it; safe twice. */
  shutdown(): Promise<void>;
}

/** Starts a gateway: receive, trace, device, trace, send. Throws where an address cannot be bound, with none left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const metrics = createFootprintMetrics(options.pipeline, () => pipeline);
  const telemetry = createTelemetry({ processMetrics: true, renderMore: metrics.render });
  const exporters = [...options.exporters].map(([name, settings]) =>
    createOtlpHttpExporter({ ...lasting(settings, options), name, telemetry, log }),
  );
  const spool = await openSpoolFor(options, exporters, telemetry);
  const watch = createPipelineWatch(telemetry, log);
  const pipeline: Pipeline = createPipeline(
    options.pipeline,
    (signal, encoding, body) => {
      if (spool === undefined && exporters.some((exporter) => exporter.isFull())) return false;
      const items = exporters.length === 0 ? 0 : countItems(signal, encoding, body);
      if (spool !== undefined) return spool.send(signal, encoding, body, items);
      for (const exporter of exporters) exporter.offer(signal, encoding, body, items);
      return true;
    },
    spool?.now ?? Date.now,
    { ...watch.observer, ...metrics, ...options.observer },
    spool?.journal,
  );
  warnOfZones(options.pipeline, log);
  let state: LifeState = "starting";
  const { maxMemoryBytes: maxBytes } = options;
  const watched = watch.watch(pipeline);
  const accept = limitMemory(spool?.guard(watched) ?? watched, {
    ...(maxBytes === undefined ? {} : { maxBytes }),
    log,
  });
  const receiver = { accept, telemetry, log };
  const restored = spool?.restore(pipeline);
  const { listeners, addresses } = await listen(options, {
    grpc: async (endpoint) => {
      await restored;
      return createGrpcReceiver({ ...receiver, endpoint });
    },
    http: async (endpoint) => {
      await restored;
      return createHttpReceiver({ ...receiver, endpoint });
    },
    admin: (endpoint) =>
      createAdminServer({
        endpoint,
        readiness: () => readinessOf(state, exporters, spool),
        routes: new Map([["/api/placement", placementRoute(pipeline)]]),
        telemetry,
        log,
      }),
  }).catch(async (error: unknown) => {
    await Promise.all(exporters.map((exporter) => exporter.shutdown(0)));
    await restored?.catch(() => undefined);
    await spool?.close();
    throw error;
  });
  await restored;
  state = "running";
  const sendMetrics = (): Promise<void> => metrics.collect().then((body) => offer(exporters, body));
  const timers = [
    setInterval(() => {
      pipeline.tick(Date.now());
      watch.tick();
      spool?.tick();
    }, TICK_MS),
    setInterval(() => void sendMetrics(), options.metricIntervalMs ?? DEFAULT_METRIC_INTERVAL_MS),
  ];
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    state = "shutting down";
    const drainMs = spool === undefined ? DRAIN_MS : SPOOLED_DRAIN_MS;
    for (const timer of timers) clearInterval(timer);
    await Promise.all([listeners.grpc?.shutdown(), listeners.http?.shutdown()]);
    // What a spool holds waits for the next start, whose figures are final.
    if (spool === undefined) pipeline.finish(Date.now());
    await sendMetrics();
    await Promise.all(exporters.map((exporter) => exporter.shutdown(drainMs)));
    await spool?.close();
    await listeners.admin?.shutdown();
  }

  return {
    pipeline,
    telemetry,
    addresses,
    shutdown() {
      stopped ??= stop();
      return stopped;
    },
  };
}

/** With a spool nothing is given up before its age says so. */
function lasting(settings: ExporterSettings, { spool }: GatewayOptions): ExporterSettings {
  if (spool === undefined) return settings;
  return { ...settings, retry: { ...settings.retry, maxElapsedMs: Infinity } };
}

async function openSpoolFor(
  { spool, pipeline, log }: GatewayOptions,
  exporters: readonly OtlpHttpExporter[],
  telemetry: Telemetry,
): Promise<Spool | undefined> {
  if (spool === undefined) return undefined;
  const { keepMs } = pipeline.join;
  return openSpool({ ...spool, keepMs, exporters, telemetry, log });
}

/** Sends metrics of ours where metrics are taken; a full queue gets them the next time, since they are cumulative. */
function offer(exporters: readonly OtlpHttpExporter[], body: Uint8Array): void {
  const items = countItems("metrics", "protobuf", body);
  if (items === 0) return;
  for (const exporter of exporters) {
    if (exporter.takes("metrics")) exporter.offer("metrics", "protobuf", body, items);
  }
}

type Protocol = "admin" | "grpc" | "http";

/** Opens the listeners that are configured, admin first; where one fails those before it are closed again. */
async function listen(
  endpoints: Readonly<Partial<Record<Protocol, Endpoint>>>,
  open: Readonly<Record<Protocol, (endpoint: Endpoint) => Promise<AdminServer>>>,
): Promise<{
  readonly listeners: Readonly<Partial<Record<Protocol, AdminServer>>>;
  readonly addresses: Readonly<Partial<Record<Protocol, Endpoint>>>;
}> {
  const listeners: Partial<Record<Protocol, AdminServer>> = {};
  const addresses: Partial<Record<Protocol, Endpoint>> = {};
  try {
    for (const protocol of ["admin", "grpc", "http"] as const) {
      const endpoint = endpoints[protocol];
      if (endpoint === undefined) continue;
      const listener = await open[protocol](endpoint);
      listeners[protocol] = listener;
      addresses[protocol] = listener.address;
    }
  } catch (error) {
    await Promise.all(Object.values(listeners).map((listener) => listener.shutdown(0)));
    throw error;
  }
  return { listeners, addresses };
}

function warnOfZones({ nodes }: PipelineOptions, log: Log): void {
  for (const [index, { name, zone }] of nodes.entries()) {
    if (zone !== undefined) continue;
    log.warn("no grid zone is set: spans get joules, but no grams", {
      about: `nodes[${index}].zone`,
      node: name,
    });
  }
}
