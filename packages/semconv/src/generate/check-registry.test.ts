import { describe, expect, it } from "vitest";
import { definitionBreaches } from "./breaches/definition-breaches.ts";
import { type Breaches, type Draft, found, metric } from "./breaches/draft.ts";
import { nameBreaches } from "./breaches/name-breaches.ts";
import { signalBreaches } from "./breaches/signal-breaches.ts";
import { checkRegistry } from "./check-registry.ts";
import { type Problem, RULES, type Rule } from "./problem.ts";
import { readRegistry } from "./read-registry.ts";

const registry = readRegistry(new URL("../../model/", import.meta.url));

const breaches: Breaches = {
  ...nameBreaches,
  ...definitionBreaches,
  ...signalBreaches,
};

function draftOfRegistry(): Draft {
  return structuredClone(registry) as Draft;
}

it("finds nothing in the registry as it is", () => {
  expect(checkRegistry(registry)).toEqual([]);
});

it("has a breach for every rule", () => {
  expect(Object.keys(breaches).toSorted()).toEqual(Object.keys(RULES).toSorted());
});

describe.each(Object.keys(RULES) as Rule[])("%s", (rule) => {
  it.each(breaches[rule] ?? [])("is broken by: %s", (_, subject, mutate) => {
    const draft = draftOfRegistry();
    mutate(draft);
    expect(checkRegistry(draft)).toContainEqual(
      expect.objectContaining({ rule, subject } satisfies Partial<Problem>),
    );
  });
});

it("lets a stable metric opt in to a developing attribute of high cardinality", () => {
  const draft = draftOfRegistry();
  const delay = metric(draft, "footprint.join.delay");
  delay.stability = "stable";
  delay.attributes = [{ ref: "hw.id", requirement_level: "opt_in" }];
  expect(checkRegistry(draft)).toEqual([]);
});

it("follows groups that hold each other without end", () => {
  const draft = draftOfRegistry();
  const group = found(draft.attribute_groups[0]);
  group.attributes.push({ ref_group: group.id });
  expect(checkRegistry(draft)).toEqual([]);
});
