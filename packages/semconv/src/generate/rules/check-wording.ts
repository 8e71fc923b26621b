import type { Problem } from "../problem.ts";
import type { AttributeDefinition, MetricDefinition, Registry } from "../registry.ts";

/** Words that are units; a name is split at its dots and underscores to look for them. */
const unitWords = new Set(
  [
    "j joule joules kj mj wh kwh mwh w kw mw watt watts g mg kg gram grams gco2 gco2e kgco2e",
    "s sec secs second seconds ms us ns millis micros nanos minute minutes hour hours",
    "byte bytes kb mb gb kib mib gib l litre litres liter liters percent celsius",
  ]
    .join(" ")
    .split(" "),
);

/** Totals, units and plurals in the names of ours; what others called their attributes is theirs. */
export function checkWording(registry: Registry): readonly Problem[] {
  const own = registry.attributes.filter(({ annotations }) => annotations?.stub_of === undefined);
  return [
    ...registry.metrics
      .filter(({ name }) => /[._]total$/.test(name))
      .map(({ name }): Problem => ({ rule: "no_total", subject: name, detail: "ends in total" })),
    ...own.flatMap(({ key }) => unitProblems(key)),
    ...registry.metrics.flatMap(({ name }) => unitProblems(name)),
    ...own.flatMap((attribute) => pluralProblems(attribute.key, isCountable(attribute))),
    ...registry.metrics.flatMap((metric) => pluralProblems(metric.name, isCountable(metric))),
  ];
}

function unitProblems(name: string): readonly Problem[] {
  return name
    .split(/[._]/)
    .filter((word) => unitWords.has(word))
    .map((word) => ({ rule: "no_unit_in_name", subject: name, detail: `${word} is a unit` }));
}

function pluralProblems(name: string, countable: boolean): readonly Problem[] {
  const last = name.split(/[._]/).at(-1) ?? "";
  const plural = /s$/.test(last) && !/(?:ss|us|is)$/.test(last);
  // `x.count` is the one singular name of a countable thing.
  return plural === countable || (countable && last === "count")
    ? []
    : [
        {
          rule: "plural",
          subject: name,
          detail: `${last} is not ${countable ? "plural" : "singular"}`,
        },
      ];
}

function isCountable(definition: AttributeDefinition | MetricDefinition): boolean {
  if ("instrument" in definition) {
    return isCount(definition.unit);
  }
  const { type, annotations } = definition;
  return (typeof type === "string" && type.endsWith("[]")) || isCount(annotations?.unit);
}

function isCount(unit: string | undefined): boolean {
  return unit !== undefined && /^\{.+\}$/.test(unit);
}
