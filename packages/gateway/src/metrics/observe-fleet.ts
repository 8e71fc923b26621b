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
import type { FleetFigure, FleetTokens } from "../device/fleet-figures.ts";

/** What counted work took so far. */
export interface ObservedFleet {
  fleet(): readonly FleetFigure[];
}

/**
 * Observes tokens, joules and grams of all that engines counted, traced or not, by phase, model, pool and zone. What a
 * token takes is the quotient of two rates; late readings may lower a sum, so these are no counters.
 */
export function observeFleet(meter: Meter, fleet: () => ObservedFleet): void {
  const observe = (
    name: string,
    description: string,
    unit: string,
    amountOf: (tokens: FleetTokens) => number | undefined,
  ): void => {
    const sum = meter.createObservableUpDownCounter(name, { description, unit });
    sum.addCallback((result) => {
      for (const figure of fleet().fleet()) {
        for (const phase of ["prefill", "decode"] as const) {
          const value = amountOf(figure[phase]);
          if (value !== undefined) result.observe(value, attributesOf(figure, phase));
        }
      }
    });
  };
  observe(
    METRIC_FOOTPRINT_FLEET_TOKENS,
    "Tokens that engines counted while their devices were read.",
    "{token}",
    ({ tokens }) => tokens,
  );
  observe(
    METRIC_FOOTPRINT_FLEET_ENERGY,
    "Energy of the work that engines counted, traced or not.",
    "J",
    ({ facilityJoules }) => facilityJoules,
  );
  observe(
    METRIC_FOOTPRINT_FLEET_CARBON,
    "Emissions (CO2 equivalent) of the work that engines counted, traced or not.",
    "g",
    ({ carbonGrams }) => carbonGrams,
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
