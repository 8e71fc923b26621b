import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Summary } from "@wattspan/gateway";
import { afterAll, expect, it } from "vitest";
import { runReplay } from "./replay.ts";

const scratch = mkdtempSync(join(tmpdir(), "wattspan-replay-"));
afterAll(() => rmSync(scratch, { recursive: true }));

const recording = fileURLToPath(new URL("../../recording/", import.meta.url));
const traces = readdirSync(recording)
  .filter((name) => name.endsWith(".pb"))
  .map((name) => join(recording, name));
/** The recording lies within this minute, UTC. */
const FIRST_MS = Date.UTC(2026, 10, 24, 7, 35, 0);

const config = file(
  "wattspan.yaml",
  `nodes:
  - { name: node-p, zone: FR, pue: 1.5, devices: [{ id: GPU-p, idle_watts: 70, max_watts: 700 }] }
  - { name: node-d, zone: PL, devices: [{ id: GPU-d, model: H100-SXM }] }
workers:
  - { match: { service.name: dynamo-worker-prefill }, node: node-p }
  - { match: { service.name: dynamo-worker-decode }, node: node-d }
`,
);

function file(name: string, text: string): string {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

/** What nvidia-smi writes at constant power on a clock this far ahead of UTC, without a uuid column. */
function csvAt(watts: string, offsetMinutes: number): string {
  const rows = Array.from({ length: 400 }, (_, second) => {
    const local = new Date(FIRST_MS + offsetMinutes * 60_000 + second * 1000).toISOString();
    return `${local.slice(0, 23).replace("T", " ").replaceAll("-", "/")}, ${watts}`;
  });
  return `timestamp, power.draw [W]\n${rows.join("\n")}\n`;
}

async function replay(...args: string[]) {
  let out = "";
  let err = "";
  const status = await runReplay(args, {
    stdout: (text) => {
      out += text;
    },
    stderr: (text) => {
      err += text;
    },
    env: {},
  });
  return { status, out, err };
}

it("gives every phase its joules at its node, from files of nvidia-smi in local time", async () => {
  const meters = [
    "--meters",
    `node-p=${file("p.csv", csvAt("400.00 W", 60))}`,
    "--meters",
    `node-d/GPU-d=${file("d.csv", csvAt("300.00 W", 60))}`,
  ];
  const enriched = join(scratch, "enriched.pb");
  const args = [...traces, ...meters, "--config", config, "--utc-offset", "+01:00", "--json"];
  const { status, out, err } = await replay(...args, "--out", enriched);
  expect([status, err]).toEqual([0, ""]);
  const summary = JSON.parse(out) as Summary;
  expect(summary.requests.length).toBeGreaterThanOrEqual(5);
  for (const request of summary.requests) {
    const { model, phases, energyJoules = 0, carbonGrams } = request;
    expect(request.carbonLowerGrams).toBeLessThan(carbonGrams ?? 0);
    expect(request.carbonUpperGrams).toBeGreaterThan(carbonGrams ?? Infinity);
    // Of the prefill's device no model is known.
    expect(phases.map((phase) => (phase.embodiedGrams ?? 0) > 0)).toEqual([false, true]);
    expect(request).not.toHaveProperty("embodiedGrams");
    expect(model).toBe("tiny-model");
    expect(phases.map(({ phase, node, zone }) => [phase, node, zone])).toEqual([
      ["prefill", "node-p", "FR"],
      ["decode", "node-d", "PL"],
    ]);
    const joules = phases.map((phase) => phase.energyJoules ?? Number.NaN);
    expect(energyJoules).toBeCloseTo((joules[0] ?? 0) + (joules[1] ?? 0), 9);
    for (const each of joules) expect(each).toBeGreaterThan(0);
    expect(carbonGrams).toBeGreaterThan(0);
  }
  expect(
    summary.devices.map(({ node, device, meteredJoules }) => [node, device, meteredJoules]),
  ).toEqual([
    ["node-d", "GPU-d", expect.closeTo(399 * 300, 6)],
    ["node-p", "GPU-p", expect.closeTo(399 * 400, 6)],
  ]);
  const { meteredJoules, attributedJoules, idleJoules, unattributedJoules } = summary.totals;
  const rest = meteredJoules - attributedJoules - idleJoules - unattributedJoules;
  expect(Math.abs(rest)).toBeLessThan(1e-9 * meteredJoules);
  expect(readFileSync(enriched).includes("footprint.request.energy")).toBe(true);
});

it("reads AIPerf's GPU telemetry, each device on its node, and says that it was never tried", async () => {
  const rows = Array.from({ length: 400 }, (_, second) =>
    (["p", "d"] as const).map((which) => {
      const watts = which === "p" ? 400 : 300;
      const record = {
        gpu_uuid: `GPU-${which}`,
        hostname: "localhost",
        telemetry_source_url: "pynvml://localhost",
        telemetry_data: { nvidia_energy_consumption: 0.2 + (second * watts) / 1e6 },
      };
      const nanos = `${FIRST_MS + second * 1000}000000`;
      return JSON.stringify(record).replace("{", `{"timestamp_ns":${nanos},`);
    }),
  ).flat();
  const path = file("gpu_telemetry_export.jsonl", `${rows.join("\n")}\nbroken\n`);
  const args = [...traces, "--meters", path, "--config", config, "--json"];
  const { status, out, err } = await replay(...args);
  expect(status).toBe(0);
  expect(err.split("\n")).toEqual([
    expect.stringContaining("never tried"),
    `${path}:801: no JSON object`,
    "",
  ]);
  const { devices, requests } = JSON.parse(out) as Summary;
  expect(devices.map(({ node, device, meteredJoules }) => [node, device, meteredJoules])).toEqual([
    ["node-d", "GPU-d", expect.closeTo(399 * 300, 3)],
    ["node-p", "GPU-p", expect.closeTo(399 * 400, 3)],
  ]);
  for (const { energyJoules } of requests) expect(energyJoules).toBeGreaterThan(0);
  const named = ["--meters", `node-p/GPU-p=${path}`, "--config", config];
  expect((await replay(...traces, ...named)).err).toContain("give NODE=FILE");
});

it("has no figure, and no zero, where the clock was another", async () => {
  const meters = ["--meters", `node-p=${file("p-utc.csv", csvAt("400.00 W", 60))}`];
  const { out } = await replay(...traces, ...meters, "--config", config, "--json");
  const phases = (JSON.parse(out) as Summary).requests.flatMap((request) => request.phases);
  for (const phase of phases) {
    expect(phase.status).toBe("missing");
    expect(phase).not.toHaveProperty("energyJoules");
  }
});

it("names rows without a reading and goes on", async () => {
  const rows = csvAt("[N/A]", 0).split("\n").slice(0, 9).join("\n");
  const meters = ["--meters", `node-p=${file("na.csv", rows)}`];
  const { status, err } = await replay(...traces, ...meters, "--config", config, "--json");
  expect(status).toBe(0);
  expect(err).toContain("na.csv:2: ");
  expect(err).toContain("na.csv: 3 more rows without a reading");
});

it.each([
  { args: [], status: 2, says: "usage: wattspan replay" },
  { args: ["t.jsonl", "--utc-offset", "1h"], status: 2, says: "--utc-offset 1h is not" },
  { args: ["t.jsonl", "--nope"], status: 2, says: "--nope" },
  { args: ["absent.jsonl", "--config", config], status: 1, says: "absent.jsonl: " },
  {
    args: [...traces, "--meters", "p.csv", "--config", config],
    status: 1,
    says: "--meters NODE=p.csv",
  },
])("says what is wrong: $says", async ({ args, status, says }) => {
  const result = await replay(...args);
  expect(result.status).toBe(status);
  expect(result.err).toContain(says);
});
