import type { Problem } from "../problem.ts";
import type { AttributeDefinition, MetricDefinition, Registry } from "../registry.ts";
import { membersOf } from "../resolve-attributes.ts";

/** UCUM units in use, each with the words by which a brief must name it. */
const briefWords: ReadonlyMap<string, string> = new Map([
  ["1", ""],
  ["J", "in joules"],
  ["W", "in watts"],
  ["s", "in seconds"],
  ["g", "in grams of CO2 equivalent"],
  ["L", "in litres"],
  // A prefixed unit, since every source of intensities and water figures publishes per kilowatt-hour.
  ["g/(kW.h)", "in grams of CO2 equivalent per kilowatt-hour"],
  ["L/(kW.h)", "in litres per kilowatt-hour"],
]);

/** Briefs, units and examples of definitions. */
export function checkDefinitions(registry: Registry): readonly Problem[] {
  return [
    ...briefProblems(registry),
    ...registry.attributes.flatMap((attribute) => [
      ...attributeUnitProblems(attribute),
      ...exampleProblems(attribute),
    ]),
    ...registry.metrics.flatMap(metricUnitProblems),
  ];
}

function briefProblems(registry: Registry): readonly Problem[] {
  const briefs: readonly (readonly [subject: string, brief: string | undefined])[] = [
    ...registry.attributes.map(({ key, brief }) => [key, brief] as const),
    ...registry.attributes.flatMap(({ key, type }) =>
      membersOf(type).map(({ id, brief }) => [`${key}.${id}`, brief] as const),
    ),
    ...registry.metrics.map(({ name, brief }) => [name, brief] as const),
    ...registry.spans.map(({ type, brief }) => [type, brief] as const),
    ...registry.attribute_groups
      .filter(({ visibility }) => visibility === "public")
      .map(({ id, brief }) => [id, brief] as const),
  ];
  return briefs
    .filter(([, brief]) => brief?.trimEnd().endsWith(".") !== true)
    .map(([subject, brief]) => ({
      rule: "brief_ends_with_period",
      subject,
      detail: brief ?? "has no brief",
    }));
}

function attributeUnitProblems({ key, type, annotations, brief }: AttributeDefinition): Problem[] {
  const unit = annotations?.unit;
  if (type !== "int" && type !== "double") {
    return unit === undefined ? [] : [unitProblem(key, `${unit} on a value that is no number`)];
  }
  return unitProblems(key, unit, (words) => brief.includes(words));
}

function metricUnitProblems({ name, unit, brief }: MetricDefinition): Problem[] {
  // A metric has a unit field, which cannot say what the grams are of.
  return unitProblems(
    name,
    unit,
    (words) => !words.includes("CO2 equivalent") || brief.includes("CO2 equivalent"),
  );
}

function unitProblems(
  name: string,
  unit: string | undefined,
  isSaid: (words: string) => boolean,
): Problem[] {
  if (unit !== undefined && /^\{[a-z_]+\}$/.test(unit)) {
    return [];
  }
  const words = briefWords.get(unit ?? "");
  if (words === undefined) {
    return [unitProblem(name, `${unit ?? "no unit"} is not a known unit`)];
  }
  return isSaid(words) ? [] : [unitProblem(name, `the brief does not say ${words}`)];
}

function unitProblem(subject: string, detail: string): Problem {
  return { rule: "unit", subject, detail };
}

function exampleProblems({ key, type, examples = [] }: AttributeDefinition): readonly Problem[] {
  if (typeof type !== "string" || type === "any") {
    return [];
  }
  if (examples.length === 0) {
    return [{ rule: "examples", subject: key, detail: "has no example" }];
  }
  return examples
    .filter((example) => !isOfType(example, type))
    .map((example) => ({
      rule: "examples",
      subject: key,
      detail: `${JSON.stringify(example)} is not a ${type}`,
    }));
}

function isOfType(value: unknown, type: string): boolean {
  if (type.endsWith("[]")) {
    return Array.isArray(value) && value.every((item) => isOfType(item, type.slice(0, -2)));
  }
  switch (type) {
    case "int":
      return Number.isSafeInteger(value);
    case "double":
      return typeof value === "number";
    default:
      return typeof value === type;
  }
}
