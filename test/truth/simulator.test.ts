import { describe, expect, it } from "vitest";
import { compare, FLEETS, figuresOf, serve, truthOf } from "./judge-metering.ts";
import { STEP_METERS } from "./sample-steps.ts";
import { drawOf, IDLE_WATTS, MAX_WATTS } from "./simulate-serving.ts";

const REQUESTS = 400;
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

describe("the simulated fleet", () => {
  it.each(FLEETS)("draws what its phases cost, and no other power: %s", (_, fleet, perSecond) => {
    const served = serve(fleet, REQUESTS, perSecond, 3);
    let drawn = 0;
    for (const { from, to, watts } of served.steps.values()) {
      watts.forEach((power, i) => {
        expect(power).toBeGreaterThanOrEqual(IDLE_WATTS);
        expect(power).toBeLessThanOrEqual(MAX_WATTS);
        expect(from[i]).toBeGreaterThanOrEqual(to[i - 1] ?? 0);
        drawn += (power - IDLE_WATTS) * ((to[i] as number) - (from[i] as number));
      });
    }
    expect(sum(truthOf(served)) / drawn).toBeCloseTo(1, 9);
    const phasesOf = (phase: string) => served.phases.filter((one) => one.phase === phase);
    expect(phasesOf("prefill")).toHaveLength(REQUESTS);
    expect(phasesOf("decode").length).toBeGreaterThan(REQUESTS * 0.9);
  });

  it("prices a step as Aumann and Shapley do: marginal cost averaged over all smaller loads", () => {
    const [computed, cached, steps] = [5000, 2e6, 10_000];
    for (const part of [0.1, 0.7]) {
      let compute = 0;
      let memory = 0;
      for (let i = 0; i < steps; i++) {
        const scale = (i + 0.5) / steps;
        const h = 1e-4;
        const [low, high] = [scale - h, scale + h].map((one) =>
          drawOf(computed * one, cached * one),
        );
        if (low === undefined || high === undefined) continue;
        compute += (((high.computeWatts - low.computeWatts) / (2 * h)) * part) / steps;
        memory += (((high.memoryWatts - low.memoryWatts) / (2 * h)) * part) / steps;
      }
      const { computeWatts, memoryWatts } = drawOf(computed, cached);
      expect(compute).toBeCloseTo(computeWatts * part, 4);
      expect(memory).toBeCloseTo(memoryWatts * part, 4);
    }
  });
});

describe("figures beside the simulated truth", () => {
  it.each(FLEETS)("conserve it under a perfect meter, by any policy: %s", (_, fleet, perSecond) => {
    const served = serve(fleet, REQUESTS, perSecond, 5);
    const truth = sum(truthOf(served));
    for (const policy of ["priced", "tokens", "time", "truth"] as const) {
      expect(sum(figuresOf(served, policy)) / truth).toBeCloseTo(1, 7);
    }
  });

  it("tell prefill from decode where they run apart, whatever the weights", () => {
    const [, fleet, perSecond] = FLEETS[2] as (typeof FLEETS)[number];
    const served = serve(fleet, REQUESTS, perSecond, 5);
    for (const policy of ["priced", "tokens", "time"] as const) {
      const deviation = compare(served, figuresOf(served, policy), truthOf(served));
      expect(Math.abs(deviation.prefill)).toBeLessThan(1e-6);
      expect(Math.abs(deviation.decode)).toBeLessThan(1e-6);
    }
  });

  it("are the better the more the weights know of the truth", () => {
    const [, fleet, perSecond] = FLEETS[0] as (typeof FLEETS)[number];
    const served = serve(fleet, REQUESTS, perSecond, 5);
    const off = (policy: Parameters<typeof figuresOf>[1]): number =>
      compare(served, figuresOf(served, policy), truthOf(served)).total;
    expect(off("truth")).toBeLessThan(off("priced"));
    expect(off("priced")).toBeLessThan(off("time"));
  });

  it.each(FLEETS)("are the better the finer the meter: %s", (_, fleet, perSecond) => {
    const served = serve(fleet, REQUESTS, perSecond, 5);
    const perfect = figuresOf(served, "priced");
    const off = (name: string): number => {
      const meter = STEP_METERS.find((one) => one.name === name);
      return compare(served, figuresOf(served, "priced", meter), perfect).total;
    };
    expect(off("counter, 100 ms")).toBeGreaterThan(0);
    expect(off("counter, 100 ms")).toBeLessThan(off("counter, 30 s cache"));
    expect(off("counter, 100 ms")).toBeLessThan(off("power, 1 s average"));
  });
});
