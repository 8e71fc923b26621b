import type { Problem } from "../problem.ts";
import type { Registry } from "../registry.ts";
import { membersOf } from "../resolve-attributes.ts";

const use = ["ref", "ref_group", "requirement_level", "sampling_relevant"];
const signal = ["requirement_level", "stability", "brief", "note", "attributes"];

/** Fields that the generator would silently drop, and a schema URL without a version. */
export function checkFields(registry: Registry): readonly Problem[] {
  const { manifest, attributes, attribute_groups: groups, spans, metrics } = registry;
  const signals = [...groups, ...spans, ...metrics];
  return [
    ...schemaUrlProblems(manifest.schema_url),
    ...unknown("manifest", manifest, ["schema_url", "description", "stability"]),
    ...attributes.flatMap((attribute) => [
      ...unknown(attribute.key, attribute, [
        ...["key", "stability", "type", "annotations", "brief", "note", "examples"],
      ]),
      ...unknown(attribute.key, attribute.annotations ?? {}, ["unit", "cardinality", "stub_of"]),
      ...membersOf(attribute.type).flatMap((member) =>
        unknown(`${attribute.key}.${member.id}`, member, ["id", "value", "stability", "brief"]),
      ),
    ]),
    ...groups.flatMap((group) =>
      unknown(group.id, group, ["id", "visibility", "stability", "brief", "note", "attributes"]),
    ),
    ...spans.flatMap((span) => unknown(span.type, span, ["type", "kind", "name", ...signal])),
    ...metrics.flatMap((metric) =>
      unknown(metric.name, metric, ["name", "instrument", "unit", ...signal]),
    ),
    ...signals.flatMap((one) =>
      (one.attributes ?? []).flatMap((entry) =>
        unknown("ref" in entry ? entry.ref : entry.ref_group, entry, use),
      ),
    ),
  ];
}

function schemaUrlProblems(url: string): readonly Problem[] {
  return /^https?:\/\/[^/]+\/(?:[^/]+\/)*\d+\.\d+\.\d+$/.test(url)
    ? []
    : [{ rule: "schema_url", subject: "manifest", detail: url }];
}

function unknown(subject: string, definition: object, known: readonly string[]): Problem[] {
  return Object.keys(definition)
    .filter((field) => !known.includes(field))
    .map((field) => ({ rule: "known_fields", subject, detail: `unknown field ${field}` }));
}
