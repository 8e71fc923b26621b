import { createAdminServer } from "./admin/admin-server.ts";
import { ledgerRoute } from "./admin/ledger-route.ts";
import { placementRoute } from "./admin/placement-route.ts";
import { type LifeState, readinessOf } from "./admin/readiness.ts";
import type { KafkaOptions } from "./kafka/kafka-options.ts";
import { createKafkaPipeline, type KafkaPipeline } from "./kafka/kafka-pipeline.ts";
import type { Log } from "./log.ts";
import { convertRegistry } from "./metrics/convert-registry.ts";
import { createFootprintMetrics } from "./metrics/footprint-metrics.ts";
import { observePipeline } from "./observe-pipeline.ts";
import { type Listener, openListeners } from "./open-listeners.ts";
import { createPipeline, type Emit, type Pipeline, type PipelineObserver } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { Accept } from "./receive/accept.ts";
import type { Endpoint } from "./receive/bind-server.ts";
import { countItems } from "./receive/count-items.ts";
import { createGrpcReceiver } from "./receive/grpc.ts";
import { createHttpReceiver } from "./receive/http.ts";
import { createMemoryLimit } from "./receive/limit-memory.ts";
import type { ListenOptions } from "./receive/listen-options.ts";
import type { ExporterSettings } from "./send/exporter-options.ts";
import { createFanOut } from "./send/fan-out.ts";
import { createOtlpHttpExporter, type OtlpHttpExporter } from "./send/otlp-http.ts";
import { type SitesOptions, startSites } from "./sites/start-sites.ts";
import { openSpool, type Spool, type SpoolSettings } from "./spool/spool.ts";
import { createTelemetry, type Telemetry } from "./telemetry.ts";
import { createPipelineWatch } from "./watch-pipeline.ts";
import { createSamplingWatch } from "./watch-sampling.ts";

const TICK_MS = 500;
const DRAIN_MS = 10_000;
/** With a spool what is not delivered by then is by the next start. */
const SPOOLED_DRAIN_MS = 1000;
const DEFAULT_METRIC_INTERVAL_MS = 60_000;

/** A further receiver. */
export interface ReceiverOptions {
  readonly grpc?: ListenOptions;
  readonly http?: ListenOptions;
  /** Overrides `pipeline.isTrusted` for what comes in here. */
  readonly isTrusted?: boolean;
}

/** Addresses bound, with their real ports. */
export interface ReceiverAddresses {
  readonly grpc?: Endpoint;
  readonly http?: Endpoint;
}

/** What a gateway listens on and sends to. */
export interface GatewayOptions {
  readonly pipeline: PipelineOptions;
  readonly grpc?: ListenOptions;
  readonly http?: ListenOptions;
  readonly admin?: Endpoint;
  /** Further receivers. */
  readonly others?: readonly ReceiverOptions[];
  /** Backend name to settings. */
  readonly exporters: ReadonlyMap<string, ExporterSettings>;
  /** Keeps what came and what leaves on the disk; absent: in memory alone. */
  readonly spool?: SpoolSettings;
  /** Objects and buffers together; past it senders are told to wait. Default: 85 % of the largest heap, bytes. */
  readonly maxMemoryBytes?: number;
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
  readonly addresses: ReceiverAddresses & {
    readonly admin?: Endpoint;
    /** In the order of the options. */
    readonly others: readonly ReceiverAddresses[];
  };
  /** Stops receiving, releases what is held, sends it; safe twice. */
  shutdown(): Promise<void>;
}

/** Starts a gateway: receive, trace, device, trace, send. Throws where an address cannot be bound, with none left open. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const startMs = Date.now();
  const metrics = createFootprintMetrics(
    options.pipeline,
    () => pipeline,
    async () => [await convertRegistry(telemetry.registry, startMs, Date.now())],
  );
  const telemetry: Telemetry = createTelemetry({
    processMetrics: true,
    renderMore: metrics.render,
  });
  const exporters = [...options.exporters].map(([name, settings]) =>
    createOtlpHttpExporter({ ...lasting(settings, options), name, telemetry, log }),
  );
  const spool = await openSpoolFor(options, exporters, telemetry);
  const watch = createPipelineWatch(telemetry, log);
  const onCorrected: typeof metrics.onCorrected = (phase, restatement) => {
    telemetry.restatements.add({ reason: restatement.reason });
    metrics.onCorrected(phase, restatement);
  };
  const emit: Emit =
    spool === undefined
      ? createFanOut(exporters, telemetry)
      : (signal, encoding, body, known) =>
          spool.send(signal, encoding, body, known ?? countItems(signal, encoding, body));
  const observer = { ...watch.observer, ...metrics, onCorrected, ...options.observer };
  const { kafka } = options;
  const sites = options.sites && startSites(options.sites, options.pipeline, telemetry, log);
  const closeBackends = async (withinMs: number): Promise<void> => {
    await Promise.all([
      ...exporters.map((exporter) => exporter.shutdown(withinMs)),
      sites?.shutdown(0),
    ]);
  };
  const pipeline: Pipeline | KafkaPipeline =
    kafka === undefined
      ? createPipeline(options.pipeline, emit, spool?.now ?? Date.now, observer, {
          journal: spool?.journal,
          sites: sites?.exchange,
        })
      : await createKafkaPipeline({
          pipeline: options.pipeline,
          kafka,
          emit,
          observer,
          telemetry,
          log,
        }).catch(async (error: unknown) => {
          await closeBackends(0);
          throw error;
        });
  const watchSampling = createSamplingWatch(telemetry, log, pipeline.seenFractions);
  observePipeline(pipeline, options.pipeline, telemetry);
  warnOfZones(options.pipeline, log);
  let state: LifeState = "starting";
  const { admin, others = [], maxMemoryBytes: maxBytes } = options;
  const receivers: readonly ReceiverOptions[] = [options, ...others];
  const limitMemory = createMemoryLimit({ ...(maxBytes === undefined ? {} : { maxBytes }), log });
  const entrance = (isTrusted: boolean | undefined): Accept => {
    const watched = watch.watch(pipeline, isTrusted);
    return limitMemory(spool?.guard(watched) ?? watched);
  };
  const restored = "renew" in pipeline ? spool?.restore(pipeline) : undefined;
  const onceRestored = (open: () => Promise<Listener>) => async (): Promise<Listener> => {
    await restored;
    return open();
  };
  const close = async (withinMs: number): Promise<void> => {
    await closeBackends(withinMs);
    if ("shutdown" in pipeline) await pipeline.shutdown();
    await spool?.close();
  };
  const opened = await openListeners([
    [
      "admin",
      admin &&
        (() =>
          createAdminServer({
            endpoint: admin,
            readiness: () => readinessOf(state, exporters, spool),
            routes: new Map([
              ["/api/placement", placementRoute(pipeline)],
              ["/api/ledger", ledgerRoute(pipeline)],
            ]),
            telemetry,
            log,
          })),
    ],
    ...receivers.flatMap(({ grpc, http, isTrusted }, index) => {
      const receiver = { accept: entrance(isTrusted), telemetry, log };
      return [
        [
          `grpc ${index}`,
          grpc && onceRestored(() => createGrpcReceiver({ ...receiver, endpoint: grpc })),
        ] as const,
        [
          `http ${index}`,
          http && onceRestored(() => createHttpReceiver({ ...receiver, endpoint: http })),
        ] as const,
      ];
    }),
  ]).catch(async (error: unknown) => {
    await restored?.catch(() => undefined);
    await close(0);
    throw error;
  });
  await restored;
  state = "running";
  const sendMetrics = (): Promise<void> => metrics.collect().then((body) => offer(exporters, body));
  const timers = [
    setInterval(() => {
      pipeline.tick(Date.now());
      watch.tick();
      watchSampling(Date.now());
      spool?.tick();
    }, TICK_MS),
    setInterval(() => void sendMetrics(), options.metricIntervalMs ?? DEFAULT_METRIC_INTERVAL_MS),
  ];
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    state = "shutting down";
    const drainMs = spool === undefined ? DRAIN_MS : SPOOLED_DRAIN_MS;
    for (const timer of timers) clearInterval(timer);
    const entrances = [...opened].filter(([name]) => name !== "admin");
    await Promise.all(entrances.map(([, listener]) => listener.shutdown()));
    // What a spool holds waits for the next start, whose figures are final.
    if (spool === undefined) pipeline.finish(Date.now());
    await sendMetrics();
    await close(drainMs);
    await opened.get("admin")?.shutdown();
  }

  return {
    pipeline,
    telemetry,
    addresses: addressesOf(opened, others.length),
    shutdown() {
      stopped ??= stop();
      return stopped;
    },
  };
}

function addressesOf(opened: ReadonlyMap<string, Listener>, others: number): Gateway["addresses"] {
  const named = (
    name: "grpc" | "http" | "admin",
    key: string,
  ): Partial<Record<typeof name, Endpoint>> => {
    const address = opened.get(key)?.address;
    return address === undefined ? {} : { [name]: address };
  };
  const receiverAt = (index: number): ReceiverAddresses => ({
    ...named("grpc", `grpc ${index}`),
    ...named("http", `http ${index}`),
  });
  return {
    ...named("admin", "admin"),
    ...receiverAt(0),
    others: Array.from({ length: others }, (_, index) => receiverAt(index + 1)),
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

function warnOfZones({ nodes }: PipelineOptions, log: Log): void {
  for (const [index, { name, zone }] of nodes.entries()) {
    if (zone !== undefined) continue;
    log.warn("no grid zone is set: spans get joules, but no grams", {
      about: `nodes[${index}].zone`,
      node: name,
    });
  }
}
