import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type Instant, instantOf } from "@wattspan/footprint";
import { createPipeline, type Pipeline } from "@wattspan/gateway";
import { createMeterFleet, createMeterSource, parseNvidiaSmiCsv } from "@wattspan/sources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configProblems } from "./config/check.ts";
import { type LoadedConfig, loadConfig } from "./config/load-config.ts";
import { resolvePipeline } from "./config/resolve-pipeline.ts";
import {
  amdPage,
  type Board,
  boards,
  dcgmPage,
  gridFiles,
  hourMs,
  nvidiaSmiCsv,
  otlpMeters,
  prometheusAnswer,
  spanBodies,
} from "./fleet-scene.test.maker.ts";
import { openGrid } from "./open-grid.ts";

const configOf = (url: string): string => `
nodes:
  - name: paris
    aliases: [10.1.0.1]
    zone: FR
    pue: 1.2
    market: { g_per_kwh: 0, instrument: PPA, valid_to: "2026-06-01T10:59:56Z" }
    ghg_scope: 2
    price: { currency: EUR, per_kwh: 0.1 }
    devices: [{ id: GPU-h100, model: NVIDIA H100 80GB HBM3 }]
  - name: berlin
    aliases: [berlin.example]
    zone: DE
    pue: 1.25
    market: { g_per_kwh: 5, instrument: REC }
    ghg_scope: 3.1
    price: { currency: EUR, per_kwh: 0.2 }
    devices: [{ id: GPU-h200, model: H200 }]
  - name: warsaw
    zone: PL
    pue: 1.5
    price: { currency: PLN, per_kwh: 0.8 }
    devices: [{ id: GPU-a100, model: A100-SXM, idle_watts: 60 }]
  - { name: lyon, zone: FR, pue: 1.1, devices: [{ id: GPU-l4, model: L4, idle_watts: 16 }] }
  - { name: fresno, zone: US-CAL-CISO, pue: 1.15, devices: [{ id: "0x1f", model: MI300X, idle_watts: 140 }] }
  - name: frankfurt
    cloud_provider: gcp
    cloud_region: europe-west3
    pue: 1
    devices: [{ id: GPU-l4-a, model: L4, idle_watts: 16 }, { id: GPU-l4-b, model: L4, idle_watts: 16 }]
workers:
  - { match: { service.name: frankfurt-decode }, node: frankfurt, devices: [GPU-l4-a, GPU-l4-b] }
grid:
  source: csv
  files:
    - { path: fr.csv, zone: FR }
    - { path: de.csv, zone: DE }
    - { path: pl.csv, zone: PL }
    - { path: ca.csv, zone: US-CAL-CISO }
meters:
  sources:
    - { type: dcgm, endpoint: "${url}/dcgm", interval: 1h, exporter_interval: 1s }
    - { type: amd-exporter, endpoint: "${url}/amd", interval: 1h, exporter_interval: 1s }
    - { type: prometheus, endpoint: "${url}/prometheus", interval: 1h, exporter_interval: 1s }
`;

const instantAt = (ms: number): Instant => instantOf(BigInt(ms) * 1_000_000n);

let server: Server;
/** Time of the scene, ms: exporters and the gateway's clock agree on it. */
let nowMs = 0;
let pipeline: Pipeline;

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "", "http://x");
    const second = Math.floor((nowMs - hourMs) / 1000);
    if (pathname === "/dcgm") response.end(dcgmPage(second));
    else if (pathname === "/amd") response.end(amdPage(second));
    else if (pathname === "/prometheus/api/v1/query") response.end(prometheusAnswer(second));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = configured(
    await loadConfig({ files: ["fleet.yaml"], readFile: async () => configOf(url), env: {} }),
  );
  const opened = await openGrid(config.grid, {
    env: {},
    readFile: async (path) => gridFiles[path] ?? "",
    now: () => hourMs + 7_200_000,
  });
  if ("problems" in opened) throw new Error(JSON.stringify(opened.problems));
  const options = resolvePipeline(config, opened.grid.intensity);
  pipeline = createPipeline(
    options,
    () => true,
    () => nowMs,
  );
  const fleet = createMeterFleet({
    sources: config.meters.sources.map((settings) =>
      createMeterSource({ ...settings, now: () => instantAt(nowMs) }),
    ),
    nodes: config.nodes,
    onReadings: pipeline.addReadings,
    nowMs: () => nowMs,
  });
  // Half a second after each second: a value that is at most one second old is a value of that second, half a second off.
  nowMs = hourMs - 9500;
  fleet.start();
  for (let second = -10; second <= 10; second++) {
    nowMs = hourMs + second * 1000 + 500;
    await fleet.flush();
  }
  await fleet.shutdown();
  expect(fleet.sources.map(({ failures }) => failures)).toEqual([0, 0, 0]);
  for (const body of otlpMeters()) pipeline.accept("metrics", "json", body);
  const csv = parseNvidiaSmiCsv(nvidiaSmiCsv(), { node: "frankfurt", utcOffsetMinutes: 0 });
  expect(csv.problems).toEqual([]);
  pipeline.addReadings(csv.readings);
  for (const body of spanBodies()) pipeline.accept("traces", "json", body);
  pipeline.finish(hourMs + 600_000);
});

afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function configured(loaded: LoadedConfig) {
  if (loaded.config === undefined) throw new Error(JSON.stringify(loaded.problems));
  expect(configProblems(loaded.config, [])).toEqual([]);
  return loaded.config;
}

/** By request and phase: joules above idle, and grams after PUE; g/kWh are 40, 350, 700, 250 before the hour, then 60, 380, 650, 200. */
const expected: Readonly<Record<string, { node: string; joules: number; grams: number }>> = {
  // 310, 320 W, idle 70: the second second is shared with the next request, 100 tokens a second to 50.
  "a prefill": {
    node: "paris",
    joules: 240 + (250 * 2) / 3,
    grams: ((240 + 500 / 3) * 1.2 * 40) / 3.6e6,
  },
  // 398 W at -4 s, 20 W more each second, idle 78: 320 + 340 + 360 + 380 J, then 400 to 500 J.
  "a decode": {
    node: "berlin",
    joules: 1400 + 2700,
    grams: (1.25 * (1400 * 350 + 2700 * 380)) / 3.6e6,
  },
  // 320, 330 W.
  "b prefill": {
    node: "paris",
    joules: 250 / 3 + 260,
    grams: ((250 / 3 + 260) * 1.2 * 40) / 3.6e6,
  },
  // 185 + 190 + 195 J, then 200 + 205 J; open in half of the last second, it gets what the card can draw in that: of
  // 210 J the 170 J between 60 and 400 W.
  "b decode": {
    node: "warsaw",
    joules: 570 + 575,
    grams: (1.5 * (570 * 700 + 575 * 650)) / 3.6e6,
  },
  "c prefill": { node: "lyon", joules: 26, grams: (26 * 1.1 * 40) / 3.6e6 },
  // 28 J, then 30 + 32 + 34 J.
  "c decode": { node: "lyon", joules: 28 + 96, grams: (1.1 * (28 * 40 + 96 * 60)) / 3.6e6 },
  // 400 + 410 + 420 J.
  "d prefill": { node: "fresno", joules: 1230, grams: (1230 * 1.15 * 200) / 3.6e6 },
  // 31 + 33 + 35 + 37 + 39 J of one card and 5 x 40 J of the other, no PUE.
  "d decode": { node: "frankfurt", joules: 175 + 200, grams: (375 * 380) / 3.6e6 },
};

const close = (value: number | undefined, wanted: number): void => {
  expect(Math.abs((value ?? Number.NaN) - wanted)).toBeLessThanOrEqual(1e-9 * Math.abs(wanted));
};

const zones = { paris: "FR", berlin: "DE", warsaw: "PL", lyon: "FR", fresno: "US-CAL-CISO" };

describe("a fleet of six nodes, five kinds of GPU, four zones and five ways to read meters", () => {
  it("has the joules and grams of the hand calculation, phase by phase", () => {
    const { requests } = pipeline.summary();
    const found = requests.flatMap(({ traceId, phases }) =>
      phases.map((phase) => ({ ...phase, name: `${traceId.at(-1)} ${phase.phase}` })),
    );
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(expected).sort());
    for (const { name, node, zone, energyJoules, carbonGrams, status } of found) {
      const wanted = expected[name];
      expect([name, node, zone, status]).toEqual([
        name,
        wanted?.node,
        { ...zones, frankfurt: "DE" }[wanted?.node ?? ""],
        "measured",
      ]);
      close(energyJoules, wanted?.joules ?? Number.NaN);
      close(carbonGrams, wanted?.grams ?? Number.NaN);
    }
  });

  it("adds a request up over the nodes and zones of its phases", () => {
    const { requests, totals } = pipeline.summary();
    const sumOf = (letter: string, of: "joules" | "grams"): number =>
      (expected[`${letter} prefill`]?.[of] ?? 0) + (expected[`${letter} decode`]?.[of] ?? 0);
    for (const { traceId, energyJoules, carbonGrams } of requests) {
      const letter = traceId.at(-1) ?? "";
      close(energyJoules, sumOf(letter, "joules"));
      close(carbonGrams, sumOf(letter, "grams"));
    }
    const all = ["a", "b", "c", "d"];
    close(
      totals.carbonGrams,
      all.reduce((sum, letter) => sum + sumOf(letter, "grams"), 0),
    );
    close(
      totals.attributedJoules,
      all.reduce((sum, letter) => sum + sumOf(letter, "joules"), 0),
    );
  });

  it("metered each board for its twenty seconds, and nothing is lost", () => {
    const { devices } = pipeline.summary();
    expect(devices.map(({ device }) => device).sort()).toEqual(Object.keys(boards).sort());
    for (const { device, meteredJoules, ...parts } of devices) {
      const { watts, perSecond, idleWatts } = boards[device] as Board;
      // The sum of watts + perSecond x i over i = -10 to 9.
      close(meteredJoules, 20 * watts - 10 * perSecond);
      close(parts.idleJoules, 20 * idleWatts);
      close(parts.attributedJoules + parts.idleJoules + parts.unattributedJoules, meteredJoules);
    }
  });

  it("has contracts and prices beside, only where every phase has them, and nets nothing", () => {
    const [a, b, c] = pipeline.summary().requests;
    // The contract of paris ends with the first prefill, before the second.
    close(a?.marketGrams, (1.25 * 4100 * 5) / 3.6e6);
    expect(a?.phases.map(({ marketGrams }) => marketGrams === 0)).toEqual([true, false]);
    expect(b?.phases[0]).toMatchObject({ phase: "prefill", node: "paris" });
    expect(b?.phases[0]).not.toHaveProperty("marketGrams");
    expect(a?.phases.map(({ marketInstrument }) => marketInstrument)).toEqual(["PPA", "REC"]);
    expect(a?.phases.map(({ ghgScope }) => ghgScope)).toEqual([2, 3.1]);
    close(a?.cost, ((240 + 500 / 3) * 1.2 * 0.1 + 4100 * 1.25 * 0.2) / 3.6e6);
    expect(a?.currency).toBe("EUR");
    for (const request of [b, c]) {
      expect(request).not.toHaveProperty("marketGrams");
      expect(request).not.toHaveProperty("cost");
      expect(request).not.toHaveProperty("currency");
    }
    close(b?.phases[1]?.cost, (1145 * 1.5 * 0.8) / 3.6e6);
  });

  it("has bounds of the grams, and embodied grams as figures of their own", () => {
    const { requests } = pipeline.summary();
    for (const { phases } of requests) {
      for (const phase of phases) {
        const { energyJoules = 0, lowerJoules = 0, upperJoules = 0, carbonGrams = 0 } = phase;
        const lower = Math.hypot(Math.log(0.64), Math.log(lowerJoules / energyJoules));
        const upper = Math.hypot(Math.log(1.45), Math.log(upperJoules / energyJoules));
        close(phase.carbonLowerGrams, carbonGrams * Math.exp(-lower));
        close(phase.carbonUpperGrams, carbonGrams * Math.exp(upper));
      }
    }
    // One L4 of 123.5 kg at most: of 42 J in one second it drew 26 above idle, of 188 J in four 124; at least three years.
    const seconds = 26 / 42 + (4 * 124) / 188;
    close(requests[2]?.embodiedUpperGrams, (123_500 * seconds) / (3 * 31_557_600));
    close(
      requests[2]?.embodiedLowerGrams,
      (((123_500 * 164) / 575.1) * seconds) / (6 * 31_557_600),
    );
  });
});
