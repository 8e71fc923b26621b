import { readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Registry } from "./registry.ts";

/**
 * The registry in the model files of `folder`, unchecked: run `checkRegistry` on it. Throws where a
 * file is not YAML, not of the known format, or holds other sections than the generator knows.
 */
export function readRegistry(folder: URL): Registry {
  const attributes = readSections(new URL("attributes.yaml", folder), ["attributes"]);
  const signals = readSections(new URL("signals.yaml", folder), [
    "attribute_groups",
    "spans",
    "metrics",
  ]);
  const manifest: unknown = parse(readFileSync(new URL("manifest.yaml", folder), "utf8"));
  return { manifest, ...attributes, ...signals } as Registry;
}

function readSections(file: URL, sections: readonly string[]): Readonly<Record<string, unknown>> {
  const { file_format: format, ...rest } = parse(readFileSync(file, "utf8")) as {
    readonly file_format?: unknown;
  };
  if (format !== "definition/2") {
    throw new Error(`${file.pathname}: file_format is not definition/2`);
  }
  const found = Object.keys(rest);
  if (found.toSorted().join() !== [...sections].toSorted().join()) {
    throw new Error(`${file.pathname}: has ${found.join(", ")}; expected ${sections.join(", ")}`);
  }
  return rest;
}
