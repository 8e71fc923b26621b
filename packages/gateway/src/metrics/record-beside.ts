import type { Attributes, Meter } from "@opentelemetry/api";
import type { IntensitySource } from "@wattspan/footprint";
import {
  ATTR_FOOTPRINT_COST_CURRENCY,
  ATTR_FOOTPRINT_GHG_SCOPE,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_FOOTPRINT_MARKET_INSTRUMENT,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  METRIC_FOOTPRINT_INFERENCE_CARBON_LOWER,
  METRIC_FOOTPRINT_INFERENCE_CARBON_UPPER,
  METRIC_FOOTPRINT_INFERENCE_COST,
  METRIC_FOOTPRINT_INFERENCE_EMBODIED_CARBON,
  METRIC_FOOTPRINT_INFERENCE_MARKET_CARBON,
} from "@wattspan/semconv";
import { besidePhase } from "../summarize-beside.ts";
import type { Placement } from "../trace/place-worker.ts";
import type { ReportedPhase } from "../trace/report-phases.ts";
import { workAttributes } from "./phase-metric-attributes.ts";

/** Records the figures beside a final phase's operational grams: each a counter of its own, none part of another. */
export type RecordBeside = (phase: ReportedPhase) => void;

/** Creates the counters; what is unknown is not recorded. */
export function createBesideRecorder(
  meter: Meter,
  intensity: IntensitySource | undefined,
): RecordBeside {
  const grams = (name: string, description: string) =>
    meter.createCounter(name, { description, unit: "g" });
  const lower = grams(
    METRIC_FOOTPRINT_INFERENCE_CARBON_LOWER,
    "Lower bounds of the emissions (CO2 equivalent) of phases.",
  );
  const upper = grams(
    METRIC_FOOTPRINT_INFERENCE_CARBON_UPPER,
    "Upper bounds of the emissions (CO2 equivalent) of phases.",
  );
  const market = grams(
    METRIC_FOOTPRINT_INFERENCE_MARKET_CARBON,
    "Market-based emissions (CO2 equivalent) of the energy of phases.",
  );
  const embodied = grams(
    METRIC_FOOTPRINT_INFERENCE_EMBODIED_CARBON,
    "Share of phases in the emissions (CO2 equivalent) of making their devices.",
  );
  const cost = meter.createCounter(METRIC_FOOTPRINT_INFERENCE_COST, {
    description: "Price of the energy of phases.",
    unit: "1",
  });
  return (phase) => {
    const { footprint, traced } = phase;
    const beside = besidePhase(footprint, traced.staged, intensity);
    const attributes: Attributes = {
      ...workAttributes(phase),
      [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: footprint.status,
    };
    const zone: Attributes =
      footprint.zone === undefined ? {} : { [ATTR_FOOTPRINT_GRID_ZONE]: footprint.zone };
    const { carbonLowerGrams, carbonUpperGrams, marketGrams, embodiedGrams } = beside;
    if (carbonLowerGrams !== undefined) lower.add(carbonLowerGrams, { ...attributes, ...zone });
    if (carbonUpperGrams !== undefined) upper.add(carbonUpperGrams, { ...attributes, ...zone });
    if (embodiedGrams !== undefined) embodied.add(embodiedGrams, attributes);
    if (marketGrams !== undefined && beside.marketInstrument !== undefined) {
      market.add(marketGrams, {
        ...attributes,
        [ATTR_FOOTPRINT_MARKET_INSTRUMENT]: beside.marketInstrument,
        ...scopeAttributes(traced.staged.placement),
      });
    }
    if (beside.cost !== undefined && beside.currency !== undefined) {
      cost.add(beside.cost, { ...attributes, [ATTR_FOOTPRINT_COST_CURRENCY]: beside.currency });
    }
  };
}

/** The scope that a machine's electricity counts in. */
export function scopeAttributes(placement: Placement): Attributes {
  const ghgScope = "missing" in placement ? undefined : placement.ghgScope;
  return ghgScope === undefined ? {} : { [ATTR_FOOTPRINT_GHG_SCOPE]: String(ghgScope) };
}
