import { describe, expect, it } from "vitest";
import { samplingProbabilityOf, traceProbabilityOf } from "./sampling-probability.ts";

describe("samplingProbabilityOf", () => {
  it.each([
    ["ot=th:0", 1],
    ["ot=th:8", 0.5],
    ["ot=th:c", 0.25],
    ["ot=th:e6666666666666", 0.1],
    ["ot=rv:abcdef01234567;th:c", 0.25],
    ["vendor=th:8, ot=th:c;rv:0", 0.25],
    ["a=1,ot=p:8;th:fff", 1 / 4096],
  ])("reads %s", (traceState, probability) => {
    expect(samplingProbabilityOf(traceState)).toBeCloseTo(probability, 12);
  });

  it.each([
    "",
    "ot=p:8",
    "vendor=th:8",
    "ot=th:",
    "ot=th:xyz",
    "ot=th:123456789abcdef",
    "ot=sth:8",
  ])("does not read %j", (traceState) => {
    expect(samplingProbabilityOf(traceState)).toBeUndefined();
  });

  it("is never 0: what was sampled could be sampled", () => {
    expect(samplingProbabilityOf("ot=th:ffffffffffffff")).toBe(2 ** -56);
  });
});

it("takes the least of a trace, whatever the order", () => {
  expect(traceProbabilityOf([{}, { probability: 0.5 }, { probability: 0.1 }, {}])).toBe(0.1);
  expect(traceProbabilityOf([{ probability: 0.1 }, { probability: 1 }])).toBe(0.1);
  expect(traceProbabilityOf([{}, {}])).toBeUndefined();
});
