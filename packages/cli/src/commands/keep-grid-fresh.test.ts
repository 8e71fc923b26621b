import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { instantOf } from "@wattspan/footprint";
import { createLog } from "@wattspan/gateway";
import { afterEach, expect, it } from "vitest";
import { fileConfig } from "../config/config.ts";
import { resolvePipeline } from "../config/resolve-pipeline.ts";
import { openGrid } from "../open-grid.ts";
import { keepGridFresh } from "./keep-grid-fresh.ts";

let server: Server;

afterEach(() => new Promise((resolve) => server.close(resolve)));

it("gives the year's average while the provider is down, then its values, and says both once", async () => {
  let isDown = true;
  server = createServer((request, response) => {
    const zone = new URL(request.url ?? "", "http://x").searchParams.get("zone");
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
    const data = [{ zone, carbonIntensity: 77, datetime: hour, isEstimated: true }];
    if (isDown) response.writeHead(404);
    response.end(JSON.stringify({ zone, data }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
  const config = fileConfig.parse({
    nodes: [{ name: "a", cloud_provider: "aws", cloud_region: "eu-west-3" }, { name: "b" }],
    grid: { source: "electricity_maps", refresh_interval: "10ms", electricity_maps: { url } },
  });
  let aheadMs = 0;
  const opened = await openGrid(config.grid, {
    env: { ELECTRICITY_MAPS_API_KEY: "k3y" },
    readFile: () => Promise.reject(new Error("no file")),
    // The provider is asked again as if the back-off had passed.
    now: () => Date.now() + aheadMs,
  });
  if ("problems" in opened) throw new Error("not opened");
  const { nodes } = resolvePipeline(config, opened.grid.intensity);
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line), level: "info" });
  const factor = () =>
    opened.grid.intensity.factorAt("FR", instantOf(BigInt(Date.now()) * 1_000_000n));

  const stop = keepGridFresh(opened.grid, nodes, config.grid, log);
  expect(factor()).toMatchObject({ tier: "yearly_zone", gramsPerKwh: 31 });
  while (lines.length < 1) await turn();
  expect(factor()).toMatchObject({ tier: "yearly_zone" });
  isDown = false;
  aheadMs = 60_000;
  while (lines.length < 2) await turn();
  expect(factor()).toMatchObject({ tier: "estimated", gramsPerKwh: 77 });
  stop();
  expect(lines[0]).toMatch(/grid provider failed.*FR.*HTTP 404/);
  expect(lines[1]).toMatch(/grid provider is back.*FR/);
  expect(lines.join("")).not.toContain("k3y");
});
