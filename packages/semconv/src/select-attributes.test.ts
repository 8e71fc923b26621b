import { expect, it } from "vitest";
import { ATTR_FOOTPRINT_ENERGY_TOTAL, ATTR_FOOTPRINT_INFERENCE_PHASE } from "./attributes.ts";
import { SPAN_FOOTPRINT_INFERENCE_PHASE_ATTRIBUTES as phase } from "./requirement-levels.ts";
import { selectAttributes } from "./select-attributes.ts";

const levels = {
  a: "required",
  b: "opt_in",
  c: "recommended",
  d: "conditionally_required",
} as const;

it.each([
  ["minimal", ["a", "d"]],
  ["standard", ["a", "c", "d"]],
  ["full", ["a", "b", "c", "d"]],
] as const)("selects at detail %s in the given order", (detail, keys) => {
  expect([...selectAttributes(levels, detail)]).toEqual(keys);
});

it("keeps the energy of a phase at every detail and its embodied carbon only at full", () => {
  const minimal = selectAttributes(phase, "minimal");
  expect(minimal.has(ATTR_FOOTPRINT_INFERENCE_PHASE)).toBe(true);
  expect(minimal.has(ATTR_FOOTPRINT_ENERGY_TOTAL)).toBe(true);
  expect(minimal.has("footprint.energy.host")).toBe(false);
  expect(selectAttributes(phase, "standard").has("footprint.energy.host")).toBe(true);
  expect(selectAttributes(phase, "standard").has("footprint.carbon.embodied")).toBe(false);
  expect(selectAttributes(phase, "full").size).toBe(Object.keys(phase).length);
});
