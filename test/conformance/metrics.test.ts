import { type AttributeValue, type NumberPoint, scanMetrics } from "@wattspan/otlp";
import fc from "fast-check";
import { expect, it } from "vitest";
import { otlpType } from "./otlp-proto.ts";

const name = fc.constantFrom("hw.energy", "hw.power", "other", "DCGM_FI_DEV_POWER_USAGE");
const time = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const pairs = fc.uniqueArray(
  fc.tuple(fc.constantFrom("hw.id", "gpu", "ü"), fc.oneof(fc.string(), fc.boolean())),
  { selector: ([key]) => key, maxLength: 3 },
);

const point = fc.record({
  attributes: pairs,
  start: time,
  time,
  double: fc.option(fc.double()),
  int: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  flags: fc.constantFrom(0, 0, 0, 1, 2),
});

const metric = fc.record({
  name,
  unit: fc.constantFrom("", "J", "W"),
  kind: fc.constantFrom("gauge", "sum", "histogram"),
  temporality: fc.nat(2),
  monotonic: fc.boolean(),
  points: fc.array(point, { maxLength: 3 }),
});

const request = fc.array(
  fc.record({ attributes: pairs, scopes: fc.array(fc.array(metric, { maxLength: 3 })) }),
  { maxLength: 3 },
);

type Request = typeof request extends fc.Arbitrary<infer Value> ? Value : never;
type Point = typeof point extends fc.Arbitrary<infer Value> ? Value : never;

const isWanted = (metricName: string): boolean => metricName.startsWith("hw.");

it.each([
  ["protobuf", toProtobuf],
  ["json", toJson],
] as const)("reads the wanted gauges and sums and nothing else: %s", (encoding, write) => {
  fc.assert(
    fc.property(request, (resources) => {
      expect(scanMetrics(write(resources), encoding, isWanted)).toEqual(expected(resources));
    }),
    { numRuns: 200 },
  );
});

function expected(resources: Request): NumberPoint[] {
  return resources.flatMap((resource) =>
    resource.scopes.flat().flatMap((one) => {
      if (one.kind === "histogram" || !isWanted(one.name)) return [];
      const isSum = one.kind === "sum";
      const seen = one.points.filter((p) => figureOf(p) !== undefined && p.flags !== 1);
      return seen.map(
        (p): NumberPoint => ({
          metric: one.name,
          unit: one.unit,
          kind: isSum ? "sum" : "gauge",
          monotonic: isSum && one.monotonic,
          temporality:
            (["unspecified", "delta", "cumulative"] as const)[isSum ? one.temporality : 0] ??
            "unspecified",
          value: figureOf(p) ?? 0,
          startUnixNano: p.start,
          timeUnixNano: p.time,
          attributes: new Map<string, AttributeValue>(p.attributes),
          resourceAttributes: new Map<string, AttributeValue>(resource.attributes),
        }),
      );
    }),
  );
}

// Only one of the two is ever written: the double where there is one.
function figureOf({ double, int }: Point): number | undefined {
  if (double !== null) return double;
  return int === null ? undefined : Number(int);
}

function toProtobuf(resources: Request): Uint8Array {
  const type = otlpType("ExportMetricsServiceRequest");
  return new Uint8Array(
    type.encode(type.fromObject(plain(resources, (number) => number))).finish(),
  );
}

function toJson(resources: Request): Uint8Array {
  const text = JSON.stringify(
    plain(resources, (number) =>
      Object.is(number, -0) || !Number.isFinite(number) ? String(number) : number,
    ),
    // JSON has no -0: a string says it, as it says NaN.
  ).replaceAll('"asDouble":"0"', '"asDouble":"-0.0"');
  return new Uint8Array(Buffer.from(text));
}

function plain(resources: Request, double: (value: number) => unknown): object {
  return {
    resourceMetrics: resources.map((resource) => ({
      resource: { attributes: plainAttributes(resource.attributes) },
      scopeMetrics: resource.scopes.map((metrics) => ({
        metrics: metrics.map((one) => ({
          name: one.name,
          unit: one.unit,
          [one.kind]: {
            dataPoints: one.points.map((p) => plainPoint(p, double)),
            ...(one.kind === "gauge" ? {} : sumFields(one)),
          },
        })),
      })),
    })),
  };
}

function sumFields(one: { temporality: number; monotonic: boolean }): object {
  return { aggregationTemporality: one.temporality, isMonotonic: one.monotonic };
}

function plainPoint(one: Point, double: (value: number) => unknown): object {
  const { attributes, flags } = one;
  const value =
    one.double === null
      ? one.int === null
        ? {}
        : { asInt: String(one.int) }
      : { asDouble: double(one.double) };
  return {
    attributes: plainAttributes(attributes),
    startTimeUnixNano: String(one.start),
    timeUnixNano: String(one.time),
    flags,
    ...value,
  };
}

function plainAttributes(list: readonly (readonly [string, string | boolean])[]): object[] {
  return list.map(([key, value]) => ({
    key,
    value: typeof value === "string" ? { stringValue: value } : { boolValue: value },
  }));
}
