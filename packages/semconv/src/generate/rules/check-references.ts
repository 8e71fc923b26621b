import type { Problem } from "../problem.ts";
import type { AttributeEntry, Registry } from "../registry.ts";

/** References that lead nowhere, and definitions that nothing leads to. */
export function checkReferences(registry: Registry): readonly Problem[] {
  const keys = registry.attributes.map(({ key }) => key);
  const groups = registry.attribute_groups.map(({ id }) => id);
  const users: readonly (readonly [subject: string, entries: readonly AttributeEntry[]])[] = [
    ...registry.attribute_groups.map(({ id, attributes }) => [id, attributes] as const),
    ...registry.spans.map(({ type, attributes }) => [type, attributes ?? []] as const),
    ...registry.metrics.map(({ name, attributes }) => [name, attributes ?? []] as const),
  ];
  const used = new Set(users.flatMap(([, entries]) => entries.map(targetOf)));
  const internal = registry.attribute_groups.filter(({ visibility }) => visibility === "internal");
  return [
    ...users.flatMap(([subject, entries]) =>
      entries
        .filter((entry) => !("ref" in entry ? keys : groups).includes(targetOf(entry)))
        .map((entry): Problem => {
          return { rule: "dangling_ref", subject, detail: `${targetOf(entry)} is not defined` };
        }),
    ),
    ...[...keys, ...internal.map(({ id }) => id)]
      .filter((name) => !used.has(name))
      .map((name): Problem => ({ rule: "unused", subject: name, detail: "nothing refers to it" })),
  ];
}

function targetOf(entry: AttributeEntry): string {
  return "ref" in entry ? entry.ref : entry.ref_group;
}
