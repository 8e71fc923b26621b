import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configJsonSchema } from "./json-schema.ts";

const folder = new URL("../../", import.meta.url);
const read = (name: string): Promise<string> => readFile(new URL(name, folder), "utf8");
let example: string;
let committed: string;
let validate: ReturnType<Ajv2020["compile"]>;

beforeAll(async () => {
  [example, committed] = [await read("config.example.yaml"), await read("config.schema.json")];
  validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
    JSON.parse(committed),
  );
});

/** Where the validator finds something wrong. */
function faults(yaml: string): readonly string[] {
  return validate(parse(yaml)) ? [] : (validate.errors ?? []).map((error) => error.instancePath);
}

describe("config.schema.json", () => {
  it("is what `npm run generate` writes now", () => {
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(configJsonSchema(example))));
  });

  it("takes the example, with and without what is commented out in it", () => {
    expect(faults(example)).toEqual([]);
    expect(faults(example.replace(/^( *)# (?=\w+: \{.*\}$)/gm, "$1"))).toEqual([]);
    expect(faults("{}")).toEqual([]);
    expect(faults("receivers: { otlp/edge: { trusted: true } }")).toEqual([]);
  });

  it.each([
    ["join: { linger: 10 }", "/join/linger"],
    ["joins: {}", ""],
    ["exporters: { a: { compression: zstd } }", "/exporters/a/compression"],
    ["nodes: [{ zone: FR }]", "/nodes/0"],
    ["receivers: { otlp/a: { trust: true } }", "/receivers/otlp~1a"],
  ])("finds what is wrong with %s", (yaml, path) => {
    expect(faults(yaml)).toContain(path);
  });

  it("lets the environment give numbers and switches", () => {
    expect(faults("attribution: { decode_batch: '${env:BATCH}' }")).toEqual([]);
    expect(faults("attribution: { decode_batch: many }")).not.toEqual([]);
  });

  it("describes keys as the example does", () => {
    const { properties } = JSON.parse(committed);
    expect(properties.join.properties.linger.description).toBe(
      "Least time that a span waits for others that may share its device. Default: 10s.",
    );
    expect(properties.exporters.additionalProperties.properties.endpoint.description).toBe(
      "Base URL, to which /v1/traces, /v1/metrics and /v1/logs are appended.",
    );
    expect(properties.nodes.items.properties.zone.description).toMatch(/^Grid zone as Elec/);
  });
});
