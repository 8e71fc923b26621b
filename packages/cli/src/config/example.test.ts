import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configProblems, configWarnings } from "./check.ts";
import { fileConfig } from "./config.ts";
import { loadConfig } from "./load-config.ts";
import { isMap } from "./read-yaml.ts";
import { resolvePipeline } from "./resolve-pipeline.ts";
import { knownKeys, type Schema, schemaAt } from "./schema-shape.ts";

const file = new URL("../../config.example.yaml", import.meta.url);

async function load(text: string) {
  const loaded = await loadConfig({ files: ["example"], readFile: async () => text, env: {} });
  if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

/** The example with the settings that are commented out in it. */
function whole(text: string): unknown {
  return parse(text.replace(/^( *)# (?=\w+: \{.*\}$)/gm, "$1"));
}

/** Paths of keys that `schema` knows and `value` does not have; for a list, in any entry. */
function missingKeys(schema: Schema | undefined, value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) {
    const merged = value.every(isMap) ? Object.assign({}, ...value.toReversed()) : value[0];
    return missingKeys(schemaAt(schema, [0]), merged, `${path}[0]`);
  }
  const known = knownKeys(schema);
  if (!isMap(value)) return known === undefined ? [] : [path];
  const keys = known ?? Object.keys(value);
  return keys.flatMap((key) =>
    Object.hasOwn(value, key)
      ? missingKeys(schemaAt(schema, [key]), value[key], `${path}.${key}`)
      : [`${path}.${key}`],
  );
}

describe("config.example.yaml", () => {
  it("has every key of the schema", async () => {
    const value = whole(await readFile(file, "utf8"));
    expect(missingKeys(fileConfig, value, "")).toEqual([]);
    expect(missingKeys(fileConfig, { log: { level: "info" } }, "")).toContain(".log.format");
  });

  it("is part of the package", async () => {
    const manifest = await readFile(new URL("../../package.json", import.meta.url), "utf8");
    expect(JSON.parse(manifest).files).toContain("config.example.yaml");
  });

  it("is sound, with warnings for the meter that is unverified and for counts beside a spool, and resolves", async () => {
    const config = await load(await readFile(file, "utf8"));
    expect(configProblems(config, ["gateway-1"])).toEqual([]);
    expect(configWarnings(config).map(({ path }) => path)).toEqual([
      "meters.sources[2].type",
      "engines",
    ]);
    const { nodes, workers } = resolvePipeline(config);
    expect(nodes.map(({ name }) => name)).toEqual(["node-prefill", "node-decode"]);
    expect(nodes[1]?.devices[0]).toMatchObject({ idleWatts: 70, maxWatts: 700 });
    expect(workers[1]?.match.get("service.name")).toEqual(/dynamo-worker-decode(-\d+)?/);
  });

  it("shows the defaults wherever it does not show an example", async () => {
    const { nodes, workers, grid, exporters, meters, engines, spool, memory, sites, ...others } =
      parse(await readFile(file, "utf8"));
    const { sources, ...shownMeters } = meters;
    const shown = { ...others, meters: shownMeters };
    const examples = [nodes, workers, grid, exporters, sources, engines, spool, memory, sites];
    expect(examples.every((section) => section !== undefined)).toBe(true);
    expect(fileConfig.parse(shown)).toEqual(fileConfig.parse({}));
  });
});
