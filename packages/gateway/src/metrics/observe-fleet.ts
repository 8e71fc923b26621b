import type { Attributes, Meter } from "@opentelemetry/api";
import {
  ATTR_FOOTPRINT_FLEET_POOL,
  ATTR_FOOTPRINT_GRID_ZONE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_GEN_AI_REQUEST_MODEL,
  METRIC_FOOTPRINT_FLEET_CARBON,
  METRIC_FOOTPRINT_FLEET_ENERGY,
  METRIC_FOOTPRINT_FLEET_TOKENS,
} from "@wattspan/semconv";
import type { FleetFigure } from "../device/fleet-figures.ts";

/** What counted work took so far. */
export interface ObservedFleet {
  fleet(): readonly FleetFigure[];
}

/**
 * Observes tokens, joules and grams of all that engines counted, traced or not, by phase, model, pool and zone. What a
 * token takes is the quotient of two rates; late readings may lower a sum, so these are no counters.
 */
export function observeFleet(meter: Meter, fleet: () => ObservedFleet): void {
  const sum = (name: string, description: string, unit: string) =>
    meter.createObservableUpDownCounter(name, { description, unit });
  const count = sum(
    METRIC_FOOTPRINT_FLEET_TOKENS,
    "Tokens that engines counted while their devices were read.",
    "{token}",
  );
  const energy = sum(
    METRIC_FOOTPRINT_FLEET_ENERGY,
    "Energy of the work that engines counted, traced or not.",
    "J",
  );
  const carbon = sum(
    METRIC_FOOTPRINT_FLEET_CARBON,
    "Emissions (CO2 equivalent) of the work that engines counted, traced or not.",
    "g",
  );
  meter.addBatchObservableCallback(
    (result) => {
      for (const figure of fleet().fleet()) {
        for (const phase of ["prefill", "decode"] as const) {
          const { tokens, facilityJoules, carbonGrams } = figure[phase];
          const attributes = attributesOf(figure, phase);
          result.observe(count, tokens, attributes);
          result.observe(energy, facilityJoules, attributes);
          if (carbonGrams !== undefined) result.observe(carbon, carbonGrams, attributes);
        }
      }
    },
    [count, energy, carbon],
  );
}

function attributesOf({ model, pool, zone }: FleetFigure, phase: string): Attributes {
  return {
    [ATTR_FOOTPRINT_INFERENCE_PHASE]: phase,
    ...(model === undefined ? {} : { [ATTR_GEN_AI_REQUEST_MODEL]: model }),
    ...(pool === undefined ? {} : { [ATTR_FOOTPRINT_FLEET_POOL]: pool }),
    ...(zone === undefined ? {} : { [ATTR_FOOTPRINT_GRID_ZONE]: zone }),
  };
}
