import { isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument } from "yaml";
import { z } from "zod";
import { fileConfig } from "./config.ts";

/** A JSON Schema, or a part of one. */
export interface JsonSchema {
  description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly [keyword: string]: unknown;
}

/** Kinds of values that a file may also take from the environment, as text; words and patterns too. */
const scalarKinds = new Set<unknown>(["boolean", "integer", "number"]);
const fromEnvironment = { type: "string", pattern: "\\$\\{env:" };

/**
 * The schema of configuration files for editors, with the comments of the example as descriptions. It says what keys
 * there are and what kinds of values they take; the rest is for `wattspan check`.
 */
export function configJsonSchema(example: string): JsonSchema {
  const schema = z.toJSONSchema(fileConfig, {
    io: "input",
    unrepresentable: "any",
    override({ jsonSchema }) {
      const { default: given, ...rest } = jsonSchema;
      const isText =
        rest.type === "string" && rest.enum === undefined && rest.pattern === undefined;
      if (isText || (!scalarKinds.has(rest.type) && rest.type !== "string")) return;
      for (const keyword of Object.keys(rest)) delete jsonSchema[keyword];
      jsonSchema.anyOf = [rest, { ...fromEnvironment }] as NonNullable<typeof jsonSchema.anyOf>;
      if (given !== undefined) jsonSchema.default = given;
    },
  }) as JsonSchema;
  const { contents } = parseDocument(example);
  describeNode(schema, contents);
  return { ...schema, title: "Wattspan" };
}

function describeNode(schema: JsonSchema | undefined, node: Node | null): void {
  if (schema === undefined) return;
  if (isSeq(node)) {
    for (const item of node.items) describeNode(schema.items, item as Node);
  }
  if (!isMap(node)) return;
  node.items.forEach((pair, index) => {
    const child = childOf(schema, keyOf(pair));
    if (child === undefined) return;
    // What stands before the first key of a map is a comment of the map.
    const comment = commentOf(pair) ?? (index === 0 ? node.commentBefore : undefined);
    const description = textOf(comment ?? "");
    if (description !== "") child.description ??= description;
    describeNode(child, pair.value as Node | null);
  });
}

function childOf(schema: JsonSchema, key: string): JsonSchema | undefined {
  const { properties = {}, additionalProperties } = schema;
  if (Object.hasOwn(properties, key)) return properties[key];
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

function keyOf(pair: unknown): string {
  return isPair(pair) && isScalar(pair.key) ? String(pair.key.value) : "";
}

function commentOf({ key }: Pair): string | null | undefined {
  return isScalar(key) ? key.commentBefore : undefined;
}

/** The last paragraph of a comment as one line, without settings that are commented out. */
function textOf(comment: string): string {
  const [paragraph = ""] = comment.split(/\n\s*\n/).slice(-1);
  const lines = paragraph.split("\n").map((line) => line.trim());
  return lines.filter((line) => !/^\w+: \{.*\}$/.test(line)).join(" ");
}
