import { type Attributes, ROOT_CONTEXT } from "@opentelemetry/api";
import { AlwaysOffSampler, AlwaysOnSampler } from "@opentelemetry/sdk-trace";
import { expect, it } from "vitest";
import { FootprintSampler } from "./footprint-sampler.ts";

const phase = { "footprint.inference.phase": "decode" };
const decide = (sampler: FootprintSampler<{ decision: number }>, attributes: Attributes): number =>
  sampler.shouldSample(ROOT_CONTEXT, "1".repeat(32), "x", 0, attributes, []).decision;

it("has phases recorded, not sampled, where nothing would be, and changes nothing else", () => {
  const off = new FootprintSampler(new AlwaysOffSampler());
  expect([decide(off, phase), decide(off, {})]).toEqual([1, 0]);
  expect(decide(off, { "footprint.inference.phase": "lunch" })).toBe(0);
  const on = new FootprintSampler(new AlwaysOnSampler());
  expect([decide(on, phase), decide(on, {})]).toEqual([2, 2]);
  expect(on.toString()).toBe("FootprintSampler{AlwaysOnSampler}");
});
