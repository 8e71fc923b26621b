import type { Registry } from "../registry.ts";
import { resolveAttributes } from "../resolve-attributes.ts";
import { writeAttributeTable } from "./write-attribute-table.ts";

/** Markdown blocks of all spans. */
export function writeSpanSections(registry: Registry): readonly string[] {
  return registry.spans.flatMap(({ type, kind, name, brief, note, attributes = [] }) => {
    const early = resolveAttributes(registry, attributes)
      .filter(({ isSamplingRelevant }) => isSamplingRelevant)
      .map(({ definition }) => `\`${definition.key}\``);
    return [
      `### \`${type}\``,
      brief,
      `- Kind: ${kind}\n- Name: ${name.note}`,
      ...(note === undefined ? [] : [note.trim()]),
      writeAttributeTable(registry, attributes),
      ...(early.length === 0 ? [] : [`Set at span start, for samplers: ${early.join(", ")}.`]),
    ];
  });
}

/** Markdown blocks of all public attribute groups. */
export function writeGroupSections(registry: Registry): readonly string[] {
  return registry.attribute_groups
    .filter(({ visibility }) => visibility === "public")
    .flatMap(({ id, brief = "", note, attributes }) => [
      `### \`${id}\``,
      brief,
      ...(note === undefined ? [] : [note.trim()]),
      writeAttributeTable(registry, attributes),
    ]);
}
