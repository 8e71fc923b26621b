import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { engineNodes } from "../engine-pipeline.ts";

const WATTS = 400;
const INTERVAL_MS = 200;

/** Meters that run until they are shut down. */
export interface Meters {
  shutdown(): Promise<void>;
}

/**
 * Sends `hw.energy` of every device over OTLP/gRPC, one SDK a node: counters of constant power, as no GPU is at hand.
 */
export function startMeters(otlpEndpoint: string): Meters {
  const startedMs = performance.now();
  const providers = engineNodes.map(({ name, devices }) => {
    const exporter = new OTLPMetricExporter({ url: otlpEndpoint });
    const reader = new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: INTERVAL_MS,
      exportTimeoutMillis: INTERVAL_MS,
    });
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ "host.name": name }),
      readers: [reader],
    });
    provider
      .getMeter("power-supply")
      .createObservableCounter("hw.energy", { unit: "J" })
      .addCallback((result) => {
        const joules = (WATTS * (performance.now() - startedMs)) / 1000;
        for (const { id } of devices) result.observe(joules, { "hw.id": id, "hw.type": "gpu" });
      });
    return provider;
  });
  return {
    async shutdown() {
      await Promise.all(providers.map((provider) => provider.shutdown()));
    },
  };
}
