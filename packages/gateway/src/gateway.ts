import { createAdminServer } from "./admin/admin-server.ts";
import { readinessOf } from "./admin/readiness.ts";
import type { Log } from "./log.ts";
import { createPipeline, type Pipeline, type PipelineObserver } from "./pipeline.ts";
import type { PipelineOptions } from "./pipeline-options.ts";
import type { Endpoint } from "./receive/bind-server.ts";
import { createGrpcReceiver } from "./receive/grpc.ts";
import { createHttpReceiver } from "./receive/http.ts";
import type { ExporterSettings } from "./send/exporter-options.ts";
import { createOtlpHttpExporter } from "./send/otlp-http.ts";
import { createTelemetry } from "./telemetry.ts";

const TICK_MS = 500;
const DRAIN_MS = 10_000;

/** What a gateway listens on and sends to. */
export interface GatewayOptions {
  readonly pipeline: PipelineOptions;
  readonly grpc?: Endpoint;
  readonly http?: Endpoint;
  readonly admin?: Endpoint;
  /** Backend name to settings. */
  readonly exporters: ReadonlyMap<string, ExporterSettings>;
  readonly log: Log;
  readonly observer?: PipelineObserver;
}

/** A running gateway. */
export interface Gateway {
  readonly pipeline: Pipeline;
  readonly addresses: {
    readonly grpc?: Endpoint;
    readonly http?: Endpoint;
    readonly admin?: Endpoint;
  };
  /** Stops receiving, releases what is held, sends it; safe twice. */
  shutdown(): Promise<void>;
}

/** Starts a gateway: receive, trace, device, trace, send. Throws where an address cannot be bound. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { log } = options;
  const telemetry = createTelemetry({ processMetrics: true });
  const exporters = [...options.exporters].map(([name, settings]) =>
    createOtlpHttpExporter({ ...settings, name, telemetry, log }),
  );
  const pipeline = createPipeline(
    options.pipeline,
    (signal, encoding, body) => {
      if (exporters.some((exporter) => exporter.isFull())) return false;
      for (const exporter of exporters) exporter.offer(signal, encoding, body);
      return true;
    },
    Date.now,
    options.observer,
  );
  const { accept } = pipeline;
  const receiver = { accept, telemetry, log };
  const grpc = options.grpc && (await createGrpcReceiver({ ...receiver, endpoint: options.grpc }));
  const http = options.http && (await createHttpReceiver({ ...receiver, endpoint: options.http }));
  const admin =
    options.admin &&
    (await createAdminServer({
      endpoint: options.admin,
      readiness: () => readinessOf(true, exporters),
      telemetry,
      log,
    }));
  const timer = setInterval(() => pipeline.tick(Date.now()), TICK_MS);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    clearInterval(timer);
    await Promise.all([grpc?.shutdown(), http?.shutdown()]);
    pipeline.finish(Date.now());
    await Promise.all(exporters.map((exporter) => exporter.shutdown(DRAIN_MS)));
    await admin?.shutdown();
  }

  return {
    pipeline,
    addresses: {
      ...(grpc ? { grpc: grpc.address } : {}),
      ...(http ? { http: http.address } : {}),
      ...(admin ? { admin: admin.address } : {}),
    },
    shutdown() {
      stopped ??= stop();
      return stopped;
    },
  };
}
