import type { Attributes } from "@opentelemetry/api";
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { instantOf } from "@wattspan/footprint";
import { FootprintSampler, FootprintSpanProcessor } from "@wattspan/sdk";
import { createStaticIntensity } from "@wattspan/sources";
import { createPlayedMeter } from "../../in-process.ts";
import { type WatchedExporter, watchExporter } from "./exporters.ts";

/** A worker's SDK; each uses its exporter alone. */
export interface Worker {
  readonly provider: TracerProvider;
  /** Of what is exported. */
  readonly exporter: WatchedExporter;
  /** Called every step of the clock. */
  read(): void;
}

/** What is put on spans besides, by the first word of their name. */
export type AttributesBySpan = ReadonlyMap<string, Attributes>;

/** A worker without footprints; `besides` are put on its spans as they start. */
export function createPlain(to: SpanExporter, besides?: AttributesBySpan): Worker {
  const exporter = watchExporter(to);
  const batch = new BatchSpanProcessor({ exporter });
  const processors: SpanProcessor[] = besides ? [createAdder(besides), batch] : [batch];
  return { provider: createProvider(processors), exporter, read: () => {} };
}

function createAdder(besides: AttributesBySpan): SpanProcessor {
  return {
    onStart: (span) => void span.setAttributes(besides.get(firstWordOf(span)) ?? {}),
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** The first word of a span's name, which tells its kind. */
export function firstWordOf({ name }: Pick<ReadableSpan, "name">): string {
  return name.split(" ", 1)[0] ?? "";
}

/** How a worker with footprints is set up. */
export interface FootprintSetup {
  readonly attributes?: "minimal" | "standard";
  readonly maxHeldSpans?: number;
}

/** A worker with footprints, on a device whose counter changes every 100 ms. */
export function createFootprints(
  to: SpanExporter,
  setup: FootprintSetup = {},
): Worker & { readonly processor: FootprintSpanProcessor } {
  const meter = createPlayedMeter();
  const exporter = watchExporter(to);
  const processor = new FootprintSpanProcessor({
    next: new BatchSpanProcessor({ exporter }),
    meter,
    zone: "FR",
    intensity: createStaticIntensity(),
    devices: [{ id: "GPU-0", idleWatts: 70, maxWatts: 700 }],
    log: () => {},
    now: () => Date.now(),
    ...setup,
  });
  let joules = 1000;
  let steps = 0;
  return {
    provider: createProvider([processor]),
    exporter,
    processor,
    read() {
      joules += 17.5;
      if (++steps % 2 !== 0) return;
      const at = instantOf(BigInt(Date.now()) * 1_000_000n);
      meter.read([{ id: "GPU-0", kind: "counter", value: joules, at }]);
    },
  };
}

function createProvider(spanProcessors: SpanProcessor[]): TracerProvider {
  const sampler = new FootprintSampler(new AlwaysOnSampler());
  return new TracerProvider({ spanProcessors, sampler });
}
