import { formatPath, type Path, type Problem } from "./problem.ts";
import { isMap } from "./read-yaml.ts";
import { knownKeys, type Schema, scalarKinds, schemaAt } from "./schema-shape.ts";

/** The process's environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What expansion needs to know. */
export interface ExpansionContext {
  readonly file: string;
  readonly env: Environment;
  readonly schema: Schema;
}

/**
 * The value with `${env:NAME}` and `${env:NAME:-default}` (for an unset or empty variable) replaced in its
 * texts, `$$` standing for `$`; a text so made becomes a number or boolean where one is expected. Known keys
 * without a value are left out.
 */
export function expandEnvironment(
  value: unknown,
  context: ExpansionContext,
): { readonly value: unknown; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  return { value: expand(value, [], context, problems), problems };
}

function expand(
  value: unknown,
  path: Path,
  context: ExpansionContext,
  problems: Problem[],
): unknown {
  if (typeof value === "string") return expandText(value, path, context, problems);
  if (Array.isArray(value)) {
    return value.map((entry, index) => expand(entry, [...path, index], context, problems));
  }
  if (!isMap(value)) return value;
  const known = knownKeys(schemaAt(context.schema, path));
  const entries = Object.entries(value).filter(
    ([key, entry]) => entry !== null || !known?.includes(key),
  );
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, expand(entry, [...path, key], context, problems)]),
  );
}

function expandText(
  text: string,
  path: Path,
  { file, env, schema }: ExpansionContext,
  problems: Problem[],
): unknown {
  if (!text.includes("$")) return text;
  const report = (message: string): string => {
    problems.push({ file, path: formatPath(path), message });
    return "";
  };
  let isExpanded = false;
  const expanded = text.replace(/\$\$|\$\{([^}]*)\}/g, (whole, reference: string | undefined) => {
    if (reference === undefined) return "$";
    isExpanded = true;
    const [, name, fallback] = /^env:([A-Za-z_]\w*)(?::-(.*))?$/s.exec(reference) ?? [];
    if (name === undefined) return report(`not \${env:NAME} or \${env:NAME:-default}: ${whole}`);
    const found = Object.hasOwn(env, name) ? env[name] : undefined;
    if (fallback !== undefined) return found === undefined || found === "" ? fallback : found;
    return found ?? report(`the environment variable ${name} is not set`);
  });
  return isExpanded ? asScalar(expanded, scalarKinds(schemaAt(schema, path))) : expanded;
}

function asScalar(text: string, kinds: ReadonlySet<string>): unknown {
  if (kinds.has("string")) return text;
  if (kinds.has("boolean") && /^(?:true|false)$/.test(text)) return text === "true";
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text);
  return kinds.has("number") && isNumber ? Number(text) : text;
}
