import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runGrid } from "./grid.ts";

let folder: string;
let server: Server;
let url: string;
let answer: (request: IncomingMessage) => { status?: number; body: unknown };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "wattspan-grid-"));
  server = createServer((request, response) => {
    const { status = 200, body } = answer(request);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

async function run(yaml: string, args: readonly string[], env = {}) {
  const file = join(folder, "wattspan.yaml");
  await writeFile(file, yaml);
  const out: string[] = [];
  const err: string[] = [];
  const code = await runGrid([...args, "--config", file], {
    stdout: (text) => void out.push(text),
    stderr: (text) => void err.push(text),
    env,
  });
  return { code, out: out.join(""), err: err.join("") };
}

const at = "2026-06-01T10:30:00Z";
const live = () =>
  `grid: { source: electricity_maps, cache: ${folder}/cache, electricity_maps: { url: "${url}" } }`;
const key = { ELECTRICITY_MAPS_API_KEY: "t0ken" };

const hour = (zone: string) => ({
  zone,
  data: [{ zone, carbonIntensity: 44, datetime: "2026-06-01T10:00:00.000Z", isEstimated: false }],
});

describe("runGrid", () => {
  it("fetches an hour, names tier and source, and finds it in the cache afterwards", async () => {
    let requests = 0;
    answer = ({ headers }) => {
      requests++;
      return headers["auth-token"] === "t0ken" ? { body: hour("FR") } : { status: 401, body: {} };
    };
    for (let pass = 0; pass < 2; pass++) {
      const { code, out, err } = await run(live(), ["FR", "--at", at, "--json"], key);
      expect([code, err]).toEqual([0, ""]);
      const [zone] = JSON.parse(out).zones;
      expect(zone.chosen).toMatchObject({
        gramsPerKwh: 44,
        tier: "measured_final",
        provider: "electricity_maps",
        from: "2026-06-01T10:00:00.000Z",
        isRedistributable: false,
      });
      expect(zone.sources).toMatchObject([{ tier: "measured_final" }, { tier: "yearly_zone" }]);
    }
    expect(requests).toBe(1);
  });

  it("falls back to the year's average where the provider fails, and says why, without the key", async () => {
    answer = () => ({ status: 404, body: { error: 'No recent data for zone "FR", t0ken' } });
    const { code, out, err } = await run(live(), ["FR", "--at", at], key);
    expect(code).toBe(0);
    expect(out).toContain("FR: 31 g/kWh, yearly_zone, electricity_maps");
    expect(err).toContain("HTTP 404: No recent data for zone");
    expect(err).not.toContain("t0ken");
  });

  it("takes no other zone's value", async () => {
    answer = () => ({ body: hour("US-CAR-DUK") });
    const { out, err } = await run(live(), ["FR", "--at", at], key);
    expect(out).toContain("yearly_zone");
    expect(err).toContain("asked for zone FR, got US-CAR-DUK");
  });

  it("names keys that are missing, and files that hold nothing", async () => {
    await writeFile(join(folder, "fr.csv"), "a,b\n1,2\n");
    const yaml = `grid: { source: entso_e, fallback: [eia, csv], files: [{ path: ${folder}/fr.csv, zone: FR }] }`;
    const { code, err } = await run(yaml, ["FR"]);
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      "grid: entso_e needs ENTSOE_API_KEY in the environment",
      "grid: eia needs EIA_API_KEY in the environment",
      `grid.files[0].path: ${folder}/fr.csv has no two values: line 1 no column of times among a, b`,
      "",
    ]);
  });

  it("reads files of values, the better tier first", async () => {
    const rows = "Datetime (UTC),Zone id,Carbon intensity gCO₂eq/kWh (Life cycle)\n";
    await writeFile(
      join(folder, "fr.csv"),
      `${rows}2026-06-01 10:00:00,FR,50\n2026-06-01 11:00:00,FR,60\n`,
    );
    const yaml = `grid: { source: static, fallback: [csv], files: [{ path: ${folder}/fr.csv, zone: FR }] }`;
    const { out } = await run(yaml, ["FR", "--at", at]);
    expect(out).toContain("FR: 50 g/kWh, measured_final, custom");
  });

  it("lists the zones of nodes with the rule that put them there", async () => {
    const yaml = [
      "nodes:",
      "  - { name: a, zone: FR }",
      "  - { name: b, cloud_provider: aws, cloud_region: us-west-2 }",
      "  - { name: c, cloud_provider: gcp, cloud_region: us-west1 }",
      "  - { name: d, country: PL }",
      "  - { name: e }",
      "grid: { regions: { aws/us-west-2: US-NW-BPAT } }",
    ].join("\n");
    const { code, out } = await run(yaml, []);
    expect(code).toBe(0);
    expect(out.split("\n").map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      "FR (a by zone)",
      "US-NW-BPAT (b by configured_region, c by cloud_region)",
      "  b",
      "  c",
      "PL (d by country)",
      "node e",
      "",
    ]);
    expect(out).toContain("  b: pue 1.185 by cloud_provider aws, 2024 (1.07 to 1.46)\n");
    const { out: json } = await run(yaml, ["--json"]);
    const zones = JSON.parse(json).zones.flatMap((zone: { nodes: unknown[] }) => zone.nodes);
    expect(zones).toMatchObject([
      { name: "a", pue: { missing: expect.any(String) } },
      { name: "b", pue: { pue: 1.185, rule: "cloud_provider", provider: "aws", year: 2024 } },
      { name: "c", pue: { pue: 1.09, rule: "cloud_provider", provider: "gcp", year: 2024 } },
      { name: "d", pue: { missing: expect.any(String) } },
    ]);
  });

  it.each([
    ["source: watttime, fallback: [static]", "grid.fallback: watttime has marginal factors, which"],
    ["fallback: [watttime]", "grid.source: watttime has marginal factors, which"],
    ["source: fixed", "grid.grams_per_kwh: is missing"],
    ["source: csv", "grid.files: is missing"],
    ["files: [{ path: a, zone: FR }]", "grid.files: does not go with the other settings here"],
    ["regions: { aws: FR }", "not PROVIDER/REGION"],
    ["electricity_maps: { url: ftp://x }", "grid.electricity_maps.url: not an http or https URL"],
  ])("refuses grid: { %s }", async (grid, message) => {
    const { code, err } = await run(`grid: { ${grid} }`, ["FR"]);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });

  it("says how it is used", async () => {
    expect(await run("", [])).toMatchObject({ code: 2, err: expect.stringContaining("usage:") });
    expect(await run("", ["FR", "--at", "noon"])).toMatchObject({ code: 2 });
    expect(await run("", ["ATLANTIS"])).toMatchObject({ code: 1 });
  });
});
