import { nearestNames } from "@wattspan/sources";
import type { z } from "zod";
import { formatPath, inFile, type Path, type Problem } from "./problem.ts";
import { knownKeys, type Schema, schemaAt } from "./schema-shape.ts";

type Issue = z.core.$ZodIssue;

/** What a schema found wrong, each with its path; an unknown key names known ones that are near. */
export function schemaProblems(
  issues: readonly Issue[],
  schema: Schema,
  fileOf: (path: string) => string | undefined,
): readonly Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code !== "unrecognized_keys") {
      return [problemAt(issue.path, messageOf(issue), fileOf)];
    }
    const known = knownKeys(schemaAt(schema, issue.path)) ?? [];
    return issue.keys.map((key) => problemAt([...issue.path, key], unknownKey(key, known), fileOf));
  });
}

function problemAt(
  path: Path,
  message: string,
  fileOf: (path: string) => string | undefined,
): Problem {
  return inFile({ path: formatPath(path), message }, fileOf);
}

function unknownKey(key: string, known: readonly string[]): string {
  if (known.includes(key)) return "does not go with the other settings here";
  const near = nearestNames(key, known);
  if (near.length > 0) return `unknown key; did you mean ${near.join(" or ")}?`;
  return known.length === 0 ? "unknown key" : `unknown key; known are ${known.join(", ")}`;
}

function messageOf(issue: Issue): string {
  if (/received undefined$/.test(issue.message)) return "is missing";
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return `expected one of ${issue.options.map((option) => JSON.stringify(option)).join(", ")}`;
  }
  if (issue.code === "invalid_union") {
    const kinds = issue.errors
      .flat()
      .flatMap((error) => ("expected" in error ? error.expected : []));
    return `expected ${kinds.join(", ")}`;
  }
  if (issue.code === "invalid_value") {
    return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(", ")}`;
  }
  if (issue.code === "too_small" && issue.origin === "string") return "must not be empty";
  return issue.message.replace(/^(?:Invalid input|Too small|Too big): /, "");
}
