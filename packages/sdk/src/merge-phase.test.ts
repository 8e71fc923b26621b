import type { Attributes } from "@opentelemetry/api";
import { type Footprint, type PhaseDescription, phaseAttributes } from "@wattspan/footprint";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createAttributeMerger } from "./merge-attributes.ts";
import { createPhaseMerger } from "./merge-phase.ts";

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 4 });
const joules = fc.constantFrom(0, 1, 12.5, 300, Infinity);

const device = fc.record({
  device: fc.constantFrom("a", "b").map((id) => ({ key: `n/${id}`, node: "n", id })),
  dynamicJoules: joules,
  idleJoules: joules,
  lowerJoules: joules,
  upperJoules: joules,
  coveredNs: joules,
  windowJoules: joules,
  slices: fc.constant([]),
  meterKind: fc.constantFrom("counter" as const, "power" as const, undefined),
  isModelled: fc.boolean(),
  idlePolicy: fc.constantFrom("separate" as const, "shared" as const),
  timeShape: fc.constantFrom("busy" as const, "uniform" as const),
});
const energy = fc.record({
  dynamicJoules: joules,
  idleJoules: joules,
  energyJoules: joules,
  lowerJoules: joules,
  upperJoules: joules,
  coverage: fc.constantFrom(0.5, 1),
  windowJoules: joules,
  devices: fc.array(device, { maxLength: 2 }),
});
const factors = ["FR", "DE"].map((zone) => ({
  id: `table/${zone}`,
  zone,
  gramsPerKwh: 30,
  from: { epoch: 0, ns: 0 },
  to: { epoch: 9, ns: 0 },
  signal: "average" as const,
  basis: "lifecycle" as const,
  accounting: "location_based" as const,
  tier: "yearly_zone" as const,
  provider: "static",
  datasetVersion: "1",
  licence: "CC0",
}));
const footprint: fc.Arbitrary<Footprint> = fc.record({
  status: fc.constantFrom("measured" as const, "partial" as const),
  reason: maybe(fc.constantFrom("gap", "tokens_unknown")),
  energy: maybe(energy),
  pue: fc.constantFrom(1, 1.5),
  weights: maybe(fc.constant("time" as const)),
  zone: maybe(fc.constantFrom("FR", "DE")),
  gramsCo2e: maybe(joules),
  gramsPerKwh: maybe(joules),
  factor: maybe(fc.constantFrom(...factors)),
});
const description: fc.Arbitrary<PhaseDescription> = fc.record({
  phase: fc.constantFrom("prefill" as const, "decode" as const, "kv_transfer" as const),
  model: maybe(fc.constantFrom("m", "n")),
  processedTokens: maybe(fc.integer({ min: 0, max: 9 })),
  intervalSource: fc.constantFrom("instrumentation", "client"),
  weights: fc.constantFrom("priced" as const, "tokens" as const),
  revision: fc.constantFrom(0, 1),
});
const own: fc.Arbitrary<Attributes> = fc.constantFrom<Attributes>(
  {},
  { "footprint.inference.phase": "decode", mine: 1 },
  { mine: 2, "footprint.inference.phase": "prefill" },
  { mine: ["x"], "gen_ai.request.model": "m", "footprint.energy.total": "theirs" },
);

it.each(["minimal", "standard", "full"] as const)(
  "gives at %s what merging every attribute gives, in the same order, whatever came before",
  (detail) => {
    const mergePhase = createPhaseMerger(detail);
    const merge = createAttributeMerger();
    const check = (attributes: Attributes, found: Footprint, described: PhaseDescription): void => {
      const before = structuredClone(attributes);
      const merged = mergePhase(attributes, found, described);
      const expected = merge(attributes, phaseAttributes(found, described, detail));
      expect(Object.entries(merged)).toEqual(Object.entries(expected));
      expect(attributes).toEqual(before);
    };
    fc.assert(
      fc.property(own, footprint, description, joules, (attributes, found, described, other) => {
        check(attributes, found, described);
        // Alike, with numbers of its own: one of them may be unknown where it was not.
        const charged = found.energy && {
          ...found.energy,
          energyJoules: other,
          upperJoules: other,
        };
        check({ ...attributes }, { ...found, gramsCo2e: other, energy: charged }, described);
        check({ ...attributes, more: true }, found, described);
        if (attributes["mine"] !== undefined) check({ ...attributes, mine: 9 }, found, described);
      }),
      { numRuns: 1000 },
    );
  },
);
