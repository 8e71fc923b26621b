import fc from "fast-check";
import { expect, it } from "vitest";
import { asDouble, requestAttributes, traceAttributes } from "./attributes.ts";

it("gives a double that no serializer takes for an int, next to the value", () => {
  expect(asDouble(0)).toBe(Number.MIN_VALUE);
  expect(asDouble(12.5)).toBe(12.5);
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), (value) => {
      const double = asDouble(value);
      expect(Number.isInteger(double)).toBe(false);
      expect(Math.abs(double - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -50 + 5e-324);
    }),
  );
});

const mapOf = (list: readonly { key: string; value: unknown }[]): Record<string, unknown> =>
  Object.fromEntries(list.map(({ key, value }) => [key, value]));

it("rolls requests and traces up under names of their own", () => {
  const total = { status: "measured", totalJoules: 12.5, gramsCo2e: 0.5 } as const;
  expect(mapOf(requestAttributes(total, true, 0, "standard"))).toMatchObject({
    "footprint.request.energy": 12.5,
    "footprint.request.energy_band": "10-100 J",
    "footprint.request.carbon": 0.5,
  });
  expect(mapOf(traceAttributes(total, 3))).toEqual({
    "footprint.trace.energy": 12.5,
    "footprint.trace.carbon": 0.5,
    "footprint.trace.requests": 3n,
  });
});
