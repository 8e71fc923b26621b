import { createLog, startGateway } from "@wattspan/gateway";
import { afterEach, expect, it } from "vitest";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import { createIntensityHistory } from "../intensity-history.ts";
import { openGrid } from "../open-grid.ts";
import { createFleetReload, type ReloadOptions } from "./reload-fleet.ts";

type ReloadedPipeline = ReloadOptions["gateway"]["pipeline"];

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const first = `
nodes: [{ name: a, zone: FR, devices: [{ id: "1", idle_watts: 70 }] }]
workers: [{ match: { service.name: w }, node: a }]
grid: { source: fixed, grams_per_kwh: { FR: 30, PL: 600 } }
`;

/** A gateway whose configuration is \`files.config\`, with all that it logs; `seenAs`: the pipeline as the reload sees it. */
async function start(seenAs = (pipeline: ReloadedPipeline): ReloadedPipeline => pipeline) {
  const files = { config: first };
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line.slice(25, -1)), level: "info" });
  const surroundings = { env: {}, readFile: () => Promise.reject(new Error("no file")) };
  const load = () => loadConfig({ files: ["config"], readFile: async () => files.config, env: {} });
  const { config } = await load();
  const opened = await openGrid((config as Config).grid, surroundings);
  if (config === undefined || "problems" in opened) throw new Error("not opened");
  const intensity = createIntensityHistory(opened.grid.intensity);
  const gateway = await startGateway({
    pipeline: resolvePipeline(config, intensity),
    exporters: new Map(),
    log,
  });
  closing.push(() => gateway.shutdown());
  const fleet = createFleetReload(config, opened.grid, {
    gateway: { pipeline: seenAs(gateway.pipeline) },
    intensity,
    log,
    load,
    openGrid: (section) => openGrid(section, surroundings),
  });
  closing.push(fleet.shutdown);
  const gramsIn = (zone: string, epoch: number): unknown => {
    const factor = intensity.factorAt(zone, { epoch, ns: 0 });
    return "missing" in factor ? factor.missing : factor.gramsPerKwh;
  };
  return { gateway, fleet, files, lines, gramsIn };
}

it("takes over nodes, workers and grid, and says what needs a restart", async () => {
  const { gateway, fleet, files, lines, gramsIn } = await start();
  files.config = `
nodes:
  - { name: a, zone: PL, devices: [{ id: "1", idle_watts: 90 }, { id: "2" }] }
  - { name: b, zone: FR, devices: [{ id: "3" }] }
workers: [{ match: { service.name: w }, node: b }, { match: { service.name: v }, node: a }]
grid: { source: fixed, grams_per_kwh: { FR: 31, PL: 601 } }
exporters: { other: { endpoint: "http://127.0.0.1:9" } }
join: { linger: 11s }
`;
  await fleet.reload();
  expect(gateway.pipeline.nodes.map(({ name, zone }) => [name, zone])).toEqual([
    ["a", "PL"],
    ["b", "FR"],
  ]);
  const epoch = Math.floor(Date.now() / 60_000);
  expect([gramsIn("FR", epoch - 1), gramsIn("FR", epoch + 2)]).toEqual([30, 31]);
  expect(lines).toEqual([
    'INFO nodes, workers and grid were reloaded about="reload 1" nodes=2 workers=2',
    'WARN some changes need a restart about="reload 1" settings="exporters, join, exportersFrom, device 1 of a"',
  ]);
});

it("says of a device that it needs a restart for as long as its file is not what it runs with", async () => {
  const { fleet, files, lines } = await start();
  for (const watts of [90, 90, 70]) {
    files.config = first.replace("idle_watts: 70", `idle_watts: ${watts}`);
    await fleet.reload();
  }
  expect(lines.filter((line) => line.startsWith("WARN"))).toEqual([
    'WARN some changes need a restart about="reload 1" settings="device 1 of a"',
    'WARN some changes need a restart about="reload 2" settings="device 1 of a"',
  ]);
});

it("keeps the old configuration where the new one is wrong, and lists all that is", async () => {
  const { gateway, fleet, files, lines, gramsIn } = await start();
  files.config = "nodes: [{ nam: a }]\nworkers: 3\n";
  await fleet.reload();
  files.config = first.replace("node: a", "node: c");
  await fleet.reload();
  files.config = first.replace("source: fixed", "source: eia").replace(/grams.*\}/, "}");
  await fleet.reload();
  expect(lines).toEqual([
    expect.stringContaining(
      'about="reload 1 nodes[0].name" problem="config: nodes[0].name: is missing"',
    ),
    expect.stringContaining("reload 1 nodes[0].nam"),
    expect.stringContaining("reload 1 workers"),
    expect.stringContaining('there is no node called \\"c\\"'),
    expect.stringContaining("eia needs EIA_API_KEY"),
  ]);
  expect(gateway.pipeline.nodes.map(({ name }) => name)).toEqual(["a"]);
  expect(gramsIn("FR", Math.floor(Date.now() / 60_000) + 2)).toBe(30);
  files.config = first;
  await fleet.reload();
  expect(lines.at(-1)).toContain('reloaded about="reload 4" nodes=1 workers=1');
});

it("leaves members of Kafka as they were started", async () => {
  const { gateway, fleet, files, lines } = await start((pipeline) => {
    const { renew: _, ...others } = pipeline as Extract<ReloadedPipeline, { renew: unknown }>;
    return others as ReloadedPipeline;
  });
  files.config = first.replace("name: a", "name: c").replace("node: a", "node: c");
  await fleet.reload();
  expect(gateway.pipeline.nodes.map(({ name }) => name)).toEqual(["a"]);
  expect(lines).toEqual([expect.stringMatching(/^WARN not reloaded.*"reload 1 kafka".*restart/)]);
});
