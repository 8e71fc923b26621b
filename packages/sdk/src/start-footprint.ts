import { context, propagation, trace } from "@opentelemetry/api";
import type { DeviceBalance } from "@wattspan/footprint";
import { type AddOptions, addFootprint } from "./add-footprint.ts";
import { logToStderr } from "./footprint-options.ts";
import {
  createContextManager,
  createOtlpExporter,
  createPropagator,
  detectResource,
  loadTraceSdk,
} from "./load-sdk.ts";

/** Options of `startFootprint`; `exporter` defaults to OTLP as `OTEL_EXPORTER_OTLP_*` say. */
export type StartOptions = Omit<AddOptions, "next"> & {
  /** Settings of the `BatchSpanProcessor`. */
  readonly batch?: Readonly<Record<string, number>>;
};

/** A tracer provider with footprints, set up for the whole process. */
export interface StartedFootprint {
  /** False where another provider was there first: nothing was set up, and a line says what to add to it. */
  readonly isActive: boolean;
  /** As `FootprintSpanProcessor.balances`; whole after `forceFlush` or `shutdown`, empty where nothing was set up. */
  balances(): readonly DeviceBalance[];
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}

/** What to write where a tracer provider is set up already. */
const LINES = [
  "a tracer provider exists already, so none was set up. Add to where it is made:",
  '  import { addFootprint } from "@wattspan/sdk";',
  "  new TracerProvider({ ...addFootprint({ exporter, zone }), resource })  // instead of its spanProcessors and sampler",
].join("\n");

const IDLE: StartedFootprint = {
  isActive: false,
  balances: () => [],
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/**
 * Sets up tracing with footprints for this process: provider, context, propagation, meter, export. Throws an Error that
 * names a package that is missing, a RangeError for options that cannot be; afterwards nothing throws.
 */
export function startFootprint(options: StartOptions = {}): StartedFootprint {
  const log = options.log ?? logToStderr;
  if (hasProvider()) {
    log("warn", LINES);
    return IDLE;
  }
  const { batch, exporter = createOtlpExporter(), ...rest } = options;
  const sdk = loadTraceSdk();
  const resource = detectResource();
  const next = new sdk.BatchSpanProcessor({ exporter, ...batch });
  const added = addFootprint({ ...rest, log, next });
  const provider = new sdk.TracerProvider({
    ...(resource === undefined ? {} : { resource }),
    ...added,
  });
  if (!trace.setGlobalTracerProvider(provider)) {
    log("warn", LINES);
    void provider.shutdown();
    return IDLE;
  }
  context.setGlobalContextManager(createContextManager());
  const propagator = createPropagator();
  if (propagator !== undefined) propagation.setGlobalPropagator(propagator);
  return {
    isActive: true,
    balances: () => added.spanProcessors[0].balances(),
    forceFlush: () => provider.forceFlush(),
    shutdown: () => provider.shutdown(),
  };
}

function hasProvider(): boolean {
  const proxy = trace.getTracerProvider() as { getDelegate?(): object };
  const delegate = proxy.getDelegate?.();
  return delegate !== undefined && delegate.constructor.name !== "NoopTracerProvider";
}
