import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readRegistry } from "./read-registry.ts";

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "registry-"));
  write("manifest.yaml", "schema_url: https://example.org/schemas/1.0.0");
  write("attributes.yaml", "file_format: definition/2\nattributes: []");
  write("signals.yaml", "file_format: definition/2\nattribute_groups: []\nspans: []\nmetrics: []");
});

afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): void {
  writeFileSync(join(folder, name), content);
}

function read(): unknown {
  return readRegistry(pathToFileURL(`${folder}/`));
}

it("puts the three files together", () => {
  expect(read()).toEqual({
    manifest: { schema_url: "https://example.org/schemas/1.0.0" },
    attributes: [],
    attribute_groups: [],
    spans: [],
    metrics: [],
  });
});

it.each([
  [
    "another format",
    "file_format: definition/1\nattributes: []",
    "file_format is not definition/2",
  ],
  ["no section", "file_format: definition/2", "expected attributes"],
  ["more sections", "file_format: definition/2\nattributes: []\nevents: []", "attributes, events"],
  ["broken YAML", "attributes: [", "at line"],
])("refuses %s", (_, content, message) => {
  write("attributes.yaml", content);
  expect(read).toThrow(message);
});
