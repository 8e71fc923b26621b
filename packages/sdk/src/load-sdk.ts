import { createRequire } from "node:module";
import type { ContextManager, TextMapPropagator, TracerProvider } from "@opentelemetry/api";
import type { SdkSampler, SdkSpan, SdkSpanExporter, SdkSpanProcessor } from "./sdk-shape.ts";

/** What is used of `@opentelemetry/sdk-trace`, 2.10 or later and 3.x. */
export interface TraceSdk {
  readonly TracerProvider: new (options: {
    readonly resource?: unknown;
    readonly sampler: SdkSampler;
    readonly spanProcessors: readonly SdkSpanProcessor[];
  }) => TracerProvider & { forceFlush(): Promise<void>; shutdown(): Promise<void> };
  readonly BatchSpanProcessor: new (
    options: { readonly exporter: SdkSpanExporter } & Readonly<Record<string, unknown>>,
  ) => SdkSpanProcessor;
  readonly ConsoleSpanExporter: new () => SdkSpanExporter;
  readonly AlwaysOnSampler: new () => SdkSampler;
  readonly AlwaysOffSampler: new () => SdkSampler;
  readonly TraceIdRatioBasedSampler: new (ratio: number) => SdkSampler;
  readonly ParentBasedSampler: new (options: { readonly root: SdkSampler }) => SdkSampler;
}

interface ResourceSdk {
  defaultResource(): { merge(other: unknown): unknown };
  detectResources(options: { readonly detectors: readonly unknown[] }): unknown;
  readonly envDetector: unknown;
  readonly hostDetector: unknown;
}

interface CoreSdk {
  readonly W3CTraceContextPropagator: new () => TextMapPropagator;
  readonly W3CBaggagePropagator: new () => TextMapPropagator;
  readonly CompositePropagator: new (options: {
    readonly propagators: readonly TextMapPropagator[];
  }) => TextMapPropagator;
}

const load = createRequire(import.meta.url);

/** The trace SDK that is installed. Throws an Error that says how to install it. */
export function loadTraceSdk(): TraceSdk {
  return need<TraceSdk>("@opentelemetry/sdk-trace");
}

/** Host and environment attributes of this process; undefined without `@opentelemetry/resources`. */
export function detectResource(): unknown {
  const sdk = find<ResourceSdk>("@opentelemetry/resources");
  if (sdk === undefined) return undefined;
  const { envDetector, hostDetector } = sdk;
  const detected = sdk.detectResources({ detectors: [hostDetector, envDetector] });
  return sdk.defaultResource().merge(detected);
}

/** An OTLP exporter that reads `OTEL_EXPORTER_OTLP_*` itself. Throws where it is not installed. */
export function createOtlpExporter(): SdkSpanExporter {
  const { OTLPTraceExporter } = need<{ OTLPTraceExporter: new () => SdkSpanExporter }>(
    "@opentelemetry/exporter-trace-otlp-proto",
  );
  return new OTLPTraceExporter();
}

/** Keeps the active span across awaits. Throws where it is not installed. */
export function createContextManager(): ContextManager {
  const { AsyncLocalStorageContextManager } = need<{
    AsyncLocalStorageContextManager: new () => ContextManager;
  }>("@opentelemetry/context-async-hooks");
  return new AsyncLocalStorageContextManager().enable();
}

/** W3C trace context and baggage; undefined without `@opentelemetry/core`. */
export function createPropagator(): TextMapPropagator | undefined {
  const core = find<CoreSdk>("@opentelemetry/core");
  if (core === undefined) return undefined;
  const propagators = [new core.W3CTraceContextPropagator(), new core.W3CBaggagePropagator()];
  return new core.CompositePropagator({ propagators });
}

function find<Module>(name: string): Module | undefined {
  try {
    return load(name) as Module;
  } catch {
    return undefined;
  }
}

function need<Module>(name: string): Module {
  try {
    return load(name) as Module;
  } catch (cause) {
    throw new Error(`wattspan: ${name} is missing: npm install ${name}`, { cause });
  }
}

/** An exporter that sends nothing, for a worker that wants metrics and the first line alone. */
export function createNoExporter(): SdkSpanExporter {
  return {
    export: (_: SdkSpan[], resultCallback) => resultCallback({ code: 0 }),
    shutdown: () => Promise.resolve(),
  };
}
