import * as upstream from "../upstream.ts";
import { attributeConstant, metricConstant, valueConstant } from "./constant-name.ts";
import type { Registry } from "./registry.ts";
import { membersOf } from "./resolve-attributes.ts";
import { ownAttributes } from "./write-attributes.ts";
import { GENERATED_NOTICE } from "./write-constant.ts";
import { sortedMetrics } from "./write-metrics.ts";
import { levelledSignals } from "./write-requirement-levels.ts";

/** Source of the package's index: every public name, none by wildcard. */
export function writeIndex(registry: Registry): string {
  const attributes = ownAttributes(registry).flatMap(({ key, type }) => [
    attributeConstant(key),
    ...membersOf(type).map(({ id }) => valueConstant(key, id)),
  ]);
  return [
    GENERATED_NOTICE,
    "",
    "/** The names and units Wattspan adds to telemetry. @module */",
    writeExport("attributes", attributes),
    writeExport(
      "metrics",
      sortedMetrics(registry).map(({ name }) => metricConstant(name)),
    ),
    writeExport(
      "requirement-levels",
      levelledSignals(registry).map(({ constant }) => constant),
    ),
    writeExport("schema-url", ["SCHEMA_URL"]),
    writeExport("select-attributes", [
      "type AttributeDetail",
      "type RequirementLevel",
      "selectAttributes",
    ]),
    writeExport("upstream", Object.keys(upstream)),
    "",
  ].join("\n");
}

function writeExport(file: string, names: readonly string[]): string {
  const sorted = names.toSorted(byName);
  const oneLine = `export { ${sorted.join(", ")} } from "./${file}.ts";`;
  if (oneLine.length <= 100) {
    return oneLine;
  }
  const lines = sorted.map((name) => `  ${name},`);
  return `export {\n${lines.join("\n")}\n} from "./${file}.ts";`;
}

/** The order in which the linter sorts exports: without the word `type`, `_` before letters. */
function byName(a: string, b: string): number {
  const [first, second] = [a, b].map((name) => name.replace("type ", "").toLowerCase());
  return (first ?? "") < (second ?? "") ? -1 : 1;
}
