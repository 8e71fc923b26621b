import type { AttributeEntry, AttributeType, Registry } from "../registry.ts";
import { type ResolvedAttribute, resolveAttributes } from "../resolve-attributes.ts";
import { writeTable } from "./write-table.ts";

/** Markdown table of the attributes behind `entries`, with type, unit and requirement level. */
export function writeAttributeTable(
  registry: Registry,
  entries: readonly AttributeEntry[],
): string {
  return writeTable(
    ["attribute", "type", "unit", "requirement", "meaning"],
    resolveAttributes(registry, entries).map((use) => {
      const { key, type, annotations, brief } = use.definition;
      return [code(key), typeName(type), code(annotations?.unit), levelText(use), brief];
    }),
  );
}

/** The name readers know a type by. */
export function typeName(type: AttributeType): string {
  return typeof type === "string" ? type : "enum";
}

/** `text` in code marks; empty where there is none. */
export function code(text: string | undefined): string {
  return text === undefined ? "" : `\`${text}\``;
}

function levelText({ level, condition }: ResolvedAttribute): string {
  const words = (level ?? "").replace("opt_in", "opt-in").replaceAll("_", " ");
  return condition === undefined ? words : `${words}: ${condition}`;
}
