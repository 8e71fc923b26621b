import { type AdminServer, createAdminServer } from "./admin/admin-server.ts";
import { ledgerRoute } from "./admin/ledger-route.ts";
import { placementRoute } from "./admin/placement-route.ts";
import { type LifeState, readinessOf } from "./admin/readiness.ts";
import type { KafkaOptions } from "./kafka/kafka-options.ts";
import {
  createKafkaPipeline,
  type EmitSettled,
  type KafkaPipeline,
} from "./kafka/kafka-pipeline.ts";
import type { Log } from "./log.ts";
import { createFootprintMetrics } from "./metrics/footprint-metrics.ts";
import { createPipeline, type Pipeline, type PipelineObserver } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { Endpoint } from "./receive/bind-server.ts";
import { countItems } from "./receive/count-items.ts";
import { createGrpcReceiver } from "./receive/grpc.ts";
import { createHttpReceiver } from "./receive/http.ts";
import type { ExporterSettings } from "./send/exporter-options.ts";
import { createOtlpHttpExporter, type OtlpHttpExporter } from "./send/otlp-http.ts";
import { type SitesOptions, startSites } from "./sites/start-sites.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";
import { createPipelineWatch } from "./watch-pipeline.ts";

const TICK_MS = 500;
const DRAIN_MS = 10_000;
const DEFAULT_METRIC_INTERVAL_MS = 60_000;

/** What a gateway listens on and sends to. */
export interface GatewayOptions {
  readonly pipeline: PipelineOptions;
  readonly grpc?: Endpoint;
  readonly http?: Endpoint;
  readonly admin?: Endpoint;
  /** Backend name to settings. */
  readonly exporters: ReadonlyMap<string, ExporterSettings>;
  /** How often the metrics of footprints are sent, ms; default 60,000. */
  readonly metricIntervalMs?: number;
  /** Absent: all stages run in this process. */
  readonly kafka?: KafkaOptions;
  /** Gateways of other sites with which a trace may be shared; absent: none. Not together with `kafka`. */
  readonly sites?: SitesOptions;
  readonly log: Log;
  readonly observer?: Pick<PipelineObserver, "onRequest">;
}

/** A running gateway. */
export interface Gateway {
  readonly pipeline: Pipeline | KafkaPipeline;
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
    createOtlpHttpExporter({ ...settings, name, telemetry, log }),
  );
  const watch = createPipelineWatch(telemetry, log);
  const emit = emitTo(exporters);
  const observer = { ...watch.observer, ...metrics, ...options.observer };
  const { kafka } = options;
  const sites = options.sites && startSites(options.sites, options.pipeline, telemetry, log);
  const pipeline: Pipeline | KafkaPipeline =
    kafka === undefined
      ? createPipeline(options.pipeline, emit, Date.now, observer, sites?.exchange)
      : await createKafkaPipeline({
          pipeline: options.pipeline,
          kafka,
          emit,
          observer,
          telemetry,
          log,
        });
  warnOfZones(options.pipeline, log);
  let state: LifeState = "starting";
  const receiver = { accept: watch.watch(pipeline), telemetry, log };
  const { listeners, addresses } = await listen(options, {
    grpc: (endpoint) => createGrpcReceiver({ ...receiver, endpoint }),
    http: (endpoint) => createHttpReceiver({ ...receiver, endpoint }),
    admin: (endpoint) =>
      createAdminServer({
        endpoint,
        readiness: () => readinessOf(state, exporters),
        routes: new Map([
          ["/api/placement", placementRoute(pipeline)],
          ["/api/ledger", ledgerRoute(pipeline)],
        ]),
        telemetry,
        log,
      }),
  }).catch(async (error: unknown) => {
    if ("shutdown" in pipeline) await pipeline.shutdown();
    await Promise.all([...exporters.map((exporter) => exporter.shutdown(0)), sites?.shutdown(0)]);
    throw error;
  });
  state = "running";
  const sendMetrics = (): Promise<void> => metrics.collect().then((body) => offer(exporters, body));
  const timers = [
    setInterval(() => {
      pipeline.tick(Date.now());
      watch.tick();
    }, TICK_MS),
    setInterval(() => void sendMetrics(), options.metricIntervalMs ?? DEFAULT_METRIC_INTERVAL_MS),
  ];
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    state = "shutting down";
    for (const timer of timers) clearInterval(timer);
    await Promise.all([listeners.grpc?.shutdown(), listeners.http?.shutdown()]);
    pipeline.finish(Date.now());
    await sendMetrics();
    await Promise.all([
      ...exporters.map((exporter) => exporter.shutdown(DRAIN_MS)),
      sites?.shutdown(0),
    ]);
    if ("shutdown" in pipeline) await pipeline.shutdown();
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

/** Offers a request to every backend, or to none where one has no room. */
function emitTo(exporters: readonly OtlpHttpExporter[]): EmitSettled {
  return (signal, encoding, body, onSettled) => {
    if (exporters.some((exporter) => exporter.isFull())) return false;
    if (exporters.length === 0) onSettled?.();
    const items = exporters.length === 0 ? 0 : countItems(signal, encoding, body);
    let left = exporters.length;
    const settled =
      onSettled &&
      (() => {
        left--;
        if (left === 0) onSettled();
      });
    for (const exporter of exporters) exporter.offer(signal, encoding, body, items, settled);
    return true;
  };
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
