import { randomUUID } from "node:crypto";
import type { Meter } from "@opentelemetry/api";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, MetricReader, type ScopeMetrics } from "@opentelemetry/sdk-metrics";
import { tokensOf } from "@wattspan/footprint";
import {
  METRIC_FOOTPRINT_INFERENCE_CARBON,
  METRIC_FOOTPRINT_INFERENCE_ENERGY,
  METRIC_FOOTPRINT_INFERENCE_TOKENS,
  METRIC_FOOTPRINT_JOIN_DELAY,
  METRIC_FOOTPRINT_JOIN_SPANS,
  METRIC_FOOTPRINT_RESTATEMENT_CARBON,
  METRIC_FOOTPRINT_RESTATEMENT_ENERGY,
  SCHEMA_URL,
} from "@wattspan/semconv";
import type { PipelineOptions } from "../pipeline-options.ts";
import { version } from "../send/version.ts";
import type { PhaseObserver } from "../trace/report-phases.ts";
import { type ObservedDevices, observeDevices, observeIntensity } from "./observe-devices.ts";
import { type ObservedFleet, observeFleet } from "./observe-fleet.ts";
import {
  carbonAttributes,
  correctionAttributes,
  energyAttributes,
  outcomeAttributes,
  workAttributes,
} from "./phase-metric-attributes.ts";
import { createBesideRecorder, scopeAttributes } from "./record-beside.ts";

/** Series of one metric that are kept apart; the rest has the attribute `otel.metric.overflow`. */
const MAX_SERIES = 10_000;

const joulesBuckets = oneTwoFive(-1, 5);
const gramsBuckets = oneTwoFive(-5, 2);
const secondsBuckets = [1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 1200];

/** The metrics of the conventions, cumulative: what was recorded stays in every later collection. */
export interface FootprintMetrics extends Required<PhaseObserver> {
  /** An OTLP export request in protobuf, with the further metrics. */
  collect(): Promise<Uint8Array>;
  /** The same in Prometheus' text format. */
  render(): Promise<string>;
}

/** What of the pipeline's options decides metrics. */
export type MetricsOptions = Pick<PipelineOptions, "intensity" | "attribution" | "attributes">;

/** Creates the instruments; `devices` and `more` are read whenever metrics are collected. */
export function createFootprintMetrics(
  options: MetricsOptions,
  devices: () => ObservedDevices & ObservedFleet,
  more: () => Promise<readonly ScopeMetrics[]> = async () => [],
): FootprintMetrics {
  const reader = new CollectingReader({ cardinalitySelector: () => MAX_SERIES });
  const provider = new MeterProvider({
    resource: resourceFromAttributes({
      "service.name": "wattspan",
      "service.version": version,
      "service.instance.id": randomUUID(),
    }),
    readers: [reader],
  });
  const meter = provider.getMeter("wattspan", version, { schemaUrl: SCHEMA_URL });
  observeDevices(meter, devices, options.attributes === "full");
  observeFleet(meter, devices);
  observeIntensity(meter, devices, options.intensity);
  const text = new PrometheusSerializer("", false, undefined, true, true);
  return {
    ...recordPhases(meter, options),
    async collect() {
      const { resourceMetrics } = await reader.collect();
      const scopeMetrics = [...resourceMetrics.scopeMetrics, ...(await more())];
      const request = { ...resourceMetrics, scopeMetrics };
      return ProtobufMetricsSerializer.serializeRequest(request) ?? new Uint8Array(0);
    },
    async render() {
      const { resourceMetrics } = await reader.collect();
      return text.serialize(resourceMetrics);
    },
  };
}

function recordPhases(meter: Meter, options: MetricsOptions): Required<PhaseObserver> {
  const { attribution, intensity } = options;
  const recordBeside = createBesideRecorder(meter, intensity);
  const energy = meter.createHistogram(METRIC_FOOTPRINT_INFERENCE_ENERGY, {
    description: "Energy attributed to one phase of one request.",
    unit: "J",
    advice: { explicitBucketBoundaries: joulesBuckets },
  });
  const carbon = meter.createHistogram(METRIC_FOOTPRINT_INFERENCE_CARBON, {
    description: "Emissions (CO2 equivalent) attributed to one phase of one request.",
    unit: "g",
    advice: { explicitBucketBoundaries: gramsBuckets },
  });
  const delay = meter.createHistogram(METRIC_FOOTPRINT_JOIN_DELAY, {
    description: "Time from the end of a span to the release of its enriched copy.",
    unit: "s",
    advice: { explicitBucketBoundaries: secondsBuckets },
  });
  const tokens = meter.createCounter(METRIC_FOOTPRINT_INFERENCE_TOKENS, {
    description: "Tokens computed in a phase.",
    unit: "{token}",
  });
  const spans = meter.createCounter(METRIC_FOOTPRINT_JOIN_SPANS, {
    description: "Spans that left the join, by outcome.",
    unit: "{span}",
  });
  const energyDelta = meter.createUpDownCounter(METRIC_FOOTPRINT_RESTATEMENT_ENERGY, {
    description: "Signed corrections of energy recorded earlier.",
    unit: "J",
  });
  const carbonDelta = meter.createUpDownCounter(METRIC_FOOTPRINT_RESTATEMENT_CARBON, {
    description: "Signed corrections of emissions recorded earlier.",
    unit: "g",
  });
  return {
    onReleased(footprint, delayMs) {
      spans.add(1, outcomeAttributes(footprint));
      delay.record(delayMs / 1000);
    },
    onFinal(phase) {
      const { derived } = phase.traced;
      const { energy: figure, pue, gramsCo2e } = phase.footprint;
      const { processedTokens } = tokensOf(derived);
      if (processedTokens !== undefined) tokens.add(processedTokens, workAttributes(phase));
      if (derived.phase === "kv_transfer" || figure === undefined) return;
      const attributes = energyAttributes(phase, attribution.weights);
      energy.record(figure.energyJoules * pue, attributes);
      recordBeside(phase);
      if (gramsCo2e === undefined) return;
      carbon.record(gramsCo2e, {
        ...attributes,
        ...carbonAttributes(phase, intensity),
        ...scopeAttributes(phase.traced.staged.placement),
      });
    },
    onCorrected(phase, { energyJoules, carbonGrams, reason }) {
      const attributes = correctionAttributes(phase, reason);
      energyDelta.add(energyJoules * phase.footprint.pue, attributes);
      if (carbonGrams === undefined) return;
      carbonDelta.add(carbonGrams, { ...attributes, ...carbonAttributes(phase, intensity) });
    },
  };
}

/** 1, 2 and 5 times each power of ten from `first` up to, once, the one of `last`. */
function oneTwoFive(first: number, last: number): number[] {
  const boundaries: number[] = [];
  for (let power = first; power < last; power++) {
    for (const factor of [1, 2, 5]) boundaries.push(Number(`${factor}e${power}`));
  }
  return [...boundaries, Number(`1e${last}`)];
}

class CollectingReader extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}
