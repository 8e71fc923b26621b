import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as index from "../index.ts";
import * as upstream from "../upstream.ts";
import { attributeConstant } from "./constant-name.ts";
import { generateFiles } from "./generate-files.ts";
import { readRegistry } from "./read-registry.ts";

const registry = readRegistry(new URL("../../model/", import.meta.url));
const root = new URL("../../../../", import.meta.url);

it.each([...generateFiles(registry)])("%s is what the model gives", (path, content) => {
  expect(readFileSync(new URL(path, root), "utf8")).toBe(content);
});

it("exports every name of the model from the index", () => {
  const names = [
    ...registry.attributes.map(({ key }) => key),
    ...registry.metrics.map(({ name }) => name),
    registry.manifest.schema_url,
  ];
  expect(Object.values(index)).toEqual(expect.arrayContaining(names));
});

it("keeps a constant of the same value for every stub", () => {
  const stubs = registry.attributes.filter(({ annotations }) => annotations?.stub_of !== undefined);
  expect(stubs.length).toBeGreaterThan(0);
  for (const { key } of stubs) {
    expect(upstream).toHaveProperty([attributeConstant(key)], key);
  }
});

it("names nothing of ours in the constants copied from others", () => {
  expect(Object.values(upstream).filter((name) => name.startsWith("footprint."))).toEqual([]);
});
