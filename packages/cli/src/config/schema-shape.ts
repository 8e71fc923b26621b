import type { z } from "zod";
import type { Path } from "./problem.ts";

/** A schema as it is walked here; its type says nothing about the shape of what it takes. */
export type Schema = z.core.$ZodType;

/** The keys that a schema takes; undefined where it takes any key or is no map. */
export function knownKeys(schema: Schema | undefined): readonly string[] | undefined {
  const keys = optionsOf(schema).flatMap((option) => {
    const { def } = option._zod;
    return def.type === "object" ? Object.keys(def.shape) : [];
  });
  return keys.length === 0 ? undefined : [...new Set(keys)];
}

/** The schema of what a step leads to; undefined where the schema has no such step. */
export function schemaAt(schema: Schema | undefined, path: Path): Schema | undefined {
  let found: Schema | undefined = schema;
  for (const step of path) found = childOf(found, step);
  return found;
}

/** What kinds of scalar a schema takes, e.g. `string`, `number`. */
export function scalarKinds(schema: Schema | undefined): ReadonlySet<string> {
  return new Set(optionsOf(schema).map((option) => option._zod.def.type));
}

function childOf(schema: Schema | undefined, step: PropertyKey): Schema | undefined {
  for (const option of optionsOf(schema)) {
    const { def } = option._zod;
    if (def.type === "object" && Object.hasOwn(def.shape, step)) return def.shape[String(step)];
    // A strict object has the catchall `never`.
    if (def.type === "object" && def.catchall && def.catchall._zod.def.type !== "never")
      return def.catchall;
    if (def.type === "record") return def.valueType;
    if (def.type === "array") return def.element;
  }
  return undefined;
}

/** The alternatives of a union, or the schema alone, without defaults and transforms around them. */
function optionsOf(schema: Schema | undefined): readonly z.core.$ZodTypes[] {
  if (schema === undefined) return [];
  const known = schema as z.core.$ZodTypes;
  const { def } = known._zod;
  switch (def.type) {
    case "union":
      return def.options.flatMap(optionsOf);
    case "optional":
    case "default":
    case "prefault":
    case "nullable":
    case "readonly":
      return optionsOf(def.innerType);
    case "pipe":
      return optionsOf(def.in);
    default:
      return [known];
  }
}
