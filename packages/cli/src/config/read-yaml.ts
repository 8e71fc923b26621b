import { LineCounter, parseDocument } from "yaml";
import type { Problem } from "./problem.ts";

/** A file's content as plain maps, lists and scalars, or what is wrong with its YAML. */
export type YamlResult =
  | { readonly value: unknown; readonly problems: readonly [] }
  | { readonly value?: undefined; readonly problems: readonly Problem[] };

/** Reads YAML; an empty file is an empty map, and an integer that a number cannot hold stays text. */
export function readYaml(file: string, text: string): YamlResult {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    intAsBigInt: true,
  });
  const flaws = [...document.errors, ...document.warnings].map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { file: `${file}:${line}:${col}`, path: "", message: message.trim() };
  });
  if (flaws.length > 0) return { problems: flaws };
  let value: unknown;
  try {
    value = withNumbers(document.toJS());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problems: [{ file, path: "", message }] };
  }
  if (value === null || value === undefined) return { value: {}, problems: [] };
  if (!isMap(value)) return { problems: [{ file, path: "", message: "is not a map of settings" }] };
  return { value, problems: [] };
}

/** Whether a value read from YAML is a map. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withNumbers(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (Array.isArray(value)) return value.map(withNumbers);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withNumbers(entry)]));
}
