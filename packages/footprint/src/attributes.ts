import {
  ATTR_FOOTPRINT_MEASUREMENT_REVISION,
  ATTR_FOOTPRINT_MEASUREMENT_STATUS,
  ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY,
  ATTR_FOOTPRINT_REQUEST_CARBON,
  ATTR_FOOTPRINT_REQUEST_ENERGY,
  ATTR_FOOTPRINT_REQUEST_ENERGY_BAND,
  ATTR_FOOTPRINT_TRACE_CARBON,
  ATTR_FOOTPRINT_TRACE_ENERGY,
  ATTR_FOOTPRINT_TRACE_REQUESTS,
  type AttributeDetail,
  GROUP_FOOTPRINT_REQUEST_ATTRIBUTES,
  selectAttributes,
} from "@wattspan/semconv";
import { energyBandOf, type RollUp } from "./roll-up.ts";

/** A value as both paths write it: numbers are doubles, bigints are ints. */
export type FootprintValue = string | number | bigint | readonly string[];

/** An attribute of ours. */
export interface FootprintAttribute {
  readonly key: string;
  readonly value: FootprintValue;
}

/**
 * A double that no serializer takes for an int: whole values move to the next representable double, a measured zero
 * becomes the smallest positive one. Backends type a column by its first value.
 */
export function asDouble(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 52) return value;
  const next = value * (1 + Number.EPSILON);
  return Number.isInteger(next) ? value * (1 + 2 * Number.EPSILON) : next;
}

/** Attributes of the one span that carries a request's roll-up. */
export function requestAttributes(
  request: RollUp,
  isFacility: boolean,
  revision: number,
  detail: AttributeDetail,
): FootprintAttribute[] {
  const { totalJoules, gramsCo2e } = request;
  const values: Readonly<Record<string, FootprintValue | undefined>> = {
    [ATTR_FOOTPRINT_REQUEST_ENERGY]: totalJoules === undefined ? undefined : asDouble(totalJoules),
    [ATTR_FOOTPRINT_REQUEST_ENERGY_BAND]:
      totalJoules === undefined ? undefined : energyBandOf(totalJoules),
    [ATTR_FOOTPRINT_REQUEST_CARBON]: gramsCo2e === undefined ? undefined : asDouble(gramsCo2e),
    [ATTR_FOOTPRINT_MEASUREMENT_STATUS]: request.status,
    [ATTR_FOOTPRINT_MEASUREMENT_REVISION]: BigInt(revision),
    [ATTR_FOOTPRINT_METHODOLOGY_BOUNDARY]: isFacility ? "facility" : "accelerator",
  };
  const found: FootprintAttribute[] = [];
  for (const key of REQUEST_KEYS[detail]) {
    const value = values[key];
    if (value !== undefined) found.push({ key, value });
  }
  return found;
}

/** Attributes of the topmost span of a trace with several requests. */
export function traceAttributes(trace: RollUp, requests: number): FootprintAttribute[] {
  const { totalJoules, gramsCo2e } = trace;
  return [
    ...(totalJoules === undefined
      ? []
      : [{ key: ATTR_FOOTPRINT_TRACE_ENERGY, value: asDouble(totalJoules) }]),
    ...(gramsCo2e === undefined
      ? []
      : [{ key: ATTR_FOOTPRINT_TRACE_CARBON, value: asDouble(gramsCo2e) }]),
    { key: ATTR_FOOTPRINT_TRACE_REQUESTS, value: BigInt(requests) },
  ];
}

const REQUEST_KEYS: Readonly<Record<AttributeDetail, readonly string[]>> = {
  minimal: requestKeysAt("standard"),
  standard: requestKeysAt("standard"),
  full: requestKeysAt("full"),
};

function requestKeysAt(detail: AttributeDetail): readonly string[] {
  return [...selectAttributes(GROUP_FOOTPRINT_REQUEST_ATTRIBUTES, detail)];
}
