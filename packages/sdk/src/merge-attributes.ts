import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { FootprintAttribute } from "@wattspan/footprint";

/** Sets of keys that objects are made for ahead; spans of one kind have the same. */
const MAX_TEMPLATES = 16;

interface Template {
  readonly keys: readonly string[];
  readonly object: Attributes;
}

/**
 * Creates a function that gives a span's attributes with others added; of equal keys the last stands. A
 * copy of a ready object is filled, because one that grows by many keys becomes a hash table: slow, and thrice as large.
 */
export function createAttributeMerger(): (
  attributes: Attributes,
  added: readonly FootprintAttribute[],
) => Attributes {
  const templates: Template[] = [];
  return (attributes, added) => {
    const keys = Object.keys(attributes);
    const count = keys.length;
    for (const { key } of added) if (!Object.hasOwn(attributes, key)) keys.push(key);
    const merged = { ...templateOf(templates, keys).object };
    for (let i = 0; i < count; i++) merged[keys[i] as string] = attributes[keys[i] as string];
    for (const { key, value } of added) merged[key] = plainValueOf(value);
    return merged;
  };
}

function templateOf(templates: Template[], keys: readonly string[]): Template {
  const known = templates.find((template) => isSame(template.keys, keys));
  if (known !== undefined) return known;
  const template = { keys, object: Object.fromEntries(keys.map((key) => [key, ""])) };
  templates.unshift(template);
  if (templates.length > MAX_TEMPLATES) templates.pop();
  return template;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** A value as an SDK keeps it. */
export function plainValueOf(value: FootprintAttribute["value"]): AttributeValue {
  if (typeof value === "bigint") return Number(value);
  return typeof value === "object" ? [...value] : value;
}
