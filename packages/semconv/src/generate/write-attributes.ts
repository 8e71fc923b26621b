import { attributeConstant, valueConstant } from "./constant-name.ts";
import type { AttributeDefinition, Registry } from "./registry.ts";
import { membersOf } from "./resolve-attributes.ts";
import { GENERATED_NOTICE, writeConstant } from "./write-constant.ts";

/** Source of the constants of our own attributes and their enum values, in key order. */
export function writeAttributes(registry: Registry): string {
  const constants = ownAttributes(registry).flatMap((attribute) => [
    writeConstant(attributeConstant(attribute.key), attribute.key, paragraphs(attribute)),
    ...membersOf(attribute.type).map(({ id, value, brief }) =>
      writeConstant(valueConstant(attribute.key, id), value, [brief]),
    ),
  ]);
  const unlimited = "// biome-ignore-all lint/style/noExcessiveLinesPerFile: one list of names.";
  return [`${GENERATED_NOTICE}\n${unlimited}\n`, ...constants].join("\n");
}

/** The attributes that are no stubs of somebody else's, in key order. */
export function ownAttributes(registry: Registry): readonly AttributeDefinition[] {
  return registry.attributes
    .filter(({ annotations }) => annotations?.stub_of === undefined)
    .toSorted((a, b) => (a.key < b.key ? -1 : 1));
}

function paragraphs({ brief, note, examples = [] }: AttributeDefinition): readonly string[] {
  return [
    brief,
    ...(note === undefined ? [] : [note]),
    ...examples.slice(0, 1).map((example) => `@example ${JSON.stringify(example)}`),
  ];
}
