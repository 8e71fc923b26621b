import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { createLog, createPipeline, createTelemetry } from "@wattspan/gateway";
import { expect, it } from "vitest";
import { fileConfig } from "./config/config.ts";
import { resolvePipeline } from "./config/resolve-pipeline.ts";
import { countMeters, startMeters } from "./start-meters.ts";

it("brings a board's joules into the pipeline once, seven MIG instances and a second source or not", async () => {
  let millijoules = 5e9;
  let isDown = false;
  const server = createServer((request, response) => {
    if (isDown) {
      response.writeHead(503).end();
      return;
    }
    if (request.url === "/dcgm") millijoules += 10_000;
    const instance = (id: number): string =>
      `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="GPU-a",GPU_I_ID="${id}",Hostname="10.0.0.7"} ${millijoules - id}\n`;
    response.end(
      request.url === "/dcgm"
        ? [0, 1, 2, 3, 4, 5, 6].map(instance).join("")
        : `nv_energy_consumption{gpu_uuid="GPU-a"} ${millijoules / 1000}\n`,
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const config = fileConfig.parse({
    nodes: [{ name: "node-a", aliases: ["10.0.0.7"], devices: [{ id: "GPU-a" }] }],
    meters: {
      sources: [
        { type: "triton", endpoint: `${base}/triton`, interval: "20ms" },
        { type: "dcgm", endpoint: `${base}/dcgm`, interval: "20ms" },
      ],
    },
  });
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line), level: "info" });
  const pipeline = createPipeline(resolvePipeline(config), () => true, Date.now);
  const counted: number[] = [];
  const fleet = startMeters(
    config,
    (readings) => {
      counted.push(...readings.map(({ value }) => value));
      pipeline.addReadings(readings);
    },
    log,
  );
  for (let tries = 0; tries < 200 && counted.length < 8; tries++) await sleep(20);
  isDown = true;
  for (let tries = 0; tries < 200 && lines.length < 2; tries++) await sleep(20);
  isDown = false;
  for (let tries = 0; tries < 200 && lines.length < 4; tries++) await sleep(20);
  await fleet.shutdown();
  server.close();
  const telemetry = createTelemetry();
  countMeters(fleet, telemetry);
  const page = await telemetry.render();
  for (const { name, failures } of fleet.sources) {
    expect(failures).toBeGreaterThan(0);
    expect(page).toContain(`wattspan_meter_failures_total{source="${name}"} ${failures}`);
  }
  const [device] = pipeline.summary().devices;
  const drawnJoules = (millijoules - 5e9) / 1000;
  expect(device).toMatchObject({ node: "node-a", device: "GPU-a" });
  expect(device?.meteredJoules).toBeLessThanOrEqual(drawnJoules);
  // What lies before the first reading, and between those of two sources, nobody measured.
  expect(device?.meteredJoules).toBeGreaterThanOrEqual(drawnJoules - 60);
  const said = lines.map((line) => line.replace(/^\S+ (.*) about=.*\n$/, "$1"));
  const [lost, found] = ["WARN a meter gives no readings", "INFO a meter gives readings again"];
  expect(said).toEqual([lost, lost, found, found]);
});
