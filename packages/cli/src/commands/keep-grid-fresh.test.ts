import { createServer, type Server, type ServerResponse } from "node:http";
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

/** Serves a provider on a free port; gives the address that a configuration takes. */
async function serveIntensity(
  respond: (zone: string | null, response: ServerResponse) => void,
): Promise<string> {
  server = createServer((request, response) =>
    respond(new URL(request.url ?? "", "http://x").searchParams.get("zone"), response),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
}

/** A grid kept fresh for a node in France and a node that is nowhere, with what it logs. */
async function startGrid(url: string, refreshInterval: string, now = Date.now) {
  const config = fileConfig.parse({
    nodes: [{ name: "a", cloud_provider: "aws", cloud_region: "eu-west-3" }, { name: "b" }],
    grid: {
      source: "electricity_maps",
      refresh_interval: refreshInterval,
      electricity_maps: { url },
    },
  });
  const opened = await openGrid(config.grid, {
    env: { ELECTRICITY_MAPS_API_KEY: "k3y" },
    readFile: () => Promise.reject(new Error("no file")),
    now,
  });
  if ("problems" in opened) throw new Error("not opened");
  const { nodes } = resolvePipeline(config, opened.grid.intensity);
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line), level: "info" });
  const stop = keepGridFresh(opened.grid, nodes, config.grid, log);
  return { grid: opened.grid, lines, stop };
}

it("gives the year's average while the provider is down, then its values, and says both once", async () => {
  let isDown = true;
  let aheadMs = 0;
  const url = await serveIntensity((zone, response) => {
    const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
    const data = [{ zone, carbonIntensity: 77, datetime: hour, isEstimated: true }];
    if (isDown) response.writeHead(404);
    response.end(JSON.stringify({ zone, data }));
  });
  // The provider is asked again as if the back-off had passed.
  const { grid, lines, stop } = await startGrid(url, "10ms", () => Date.now() + aheadMs);
  const factor = () => grid.intensity.factorAt("FR", instantOf(BigInt(Date.now()) * 1_000_000n));

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

it("asks the provider at once, not after the first interval", async () => {
  let tellZone: (zone: string | null) => void;
  const asked = new Promise<string | null>((resolve) => {
    tellZone = resolve;
  });
  const url = await serveIntensity((zone, response) => {
    tellZone(zone);
    response.end(JSON.stringify({ data: [] }));
  });
  const { stop } = await startGrid(url, "1h");
  expect(await asked).toBe("FR");
  stop();
});
