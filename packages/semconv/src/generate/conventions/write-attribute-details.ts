import { type AttributeDefinition, type Registry, ROOT_NAMESPACE } from "../registry.ts";
import { membersOf } from "../resolve-attributes.ts";
import { ownAttributes } from "../write-attributes.ts";
import { code, typeName } from "./write-attribute-table.ts";
import { writeTable } from "./write-table.ts";

/** The part of an own key after the root namespace, up to its next dot. */
export function areaOf(key: string): string {
  return key.slice(ROOT_NAMESPACE.length).split(".")[0] ?? "";
}

/** Markdown blocks that define each own attribute of `area`, in key order. */
export function writeAttributeDetails(registry: Registry, area: string): readonly string[] {
  return [
    `### \`${ROOT_NAMESPACE}${area}\``,
    ...ownAttributes(registry)
      .filter(({ key }) => areaOf(key) === area)
      .flatMap(attributeBlocks),
  ];
}

function attributeBlocks({ key, type, annotations, ...rest }: AttributeDefinition): string[] {
  const { brief, note, examples = [] } = rest;
  const unit = annotations?.unit;
  const members = membersOf(type);
  const facts = [
    `- Type: ${typeName(type)}${unit === undefined ? "" : `, unit ${code(unit)}`}`,
    ...(examples.length === 0 ? [] : [`- Examples: ${examples.map(exampleText).join(", ")}`]),
  ];
  const values = members.map(({ value, brief: meaning }) => [code(value), meaning]);
  return [
    `#### \`${key}\``,
    [brief, note ?? ""].join(" ").trim(),
    facts.join("\n"),
    ...(members.length === 0 ? [] : [writeTable(["value", "meaning"], values)]),
  ];
}

function exampleText(example: unknown): string {
  return code(JSON.stringify(example));
}
