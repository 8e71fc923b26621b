import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Instant, type MeterReading, unixNanoOf } from "@wattspan/footprint";
import { createMeterFleet, createMeterSource } from "@wattspan/sources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";
import { installPrometheus } from "./install-prometheus.ts";

const prometheus = installPrometheus();
const missing = "missing" in prometheus ? prometheus.missing : undefined;
const ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION";
/** How often the exporter renews what it serves, as dcgm-exporter does every 30 s. */
const RENEW_MS = 2000;
const START_MILLIJOULES = 126_272_101_025;

const msOf = (at: Instant): number => Number(unixNanoOf(at)) / 1e6;

describe.skipIf(missing !== undefined)(
  `a real Prometheus that scrapes dcgm-exporter's page${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "wattspan-prometheus-"));
    /** When each value came into the exporter's cache, ms. */
    const renewedMs = new Map<number, number>();
    let millijoules = START_MILLIJOULES;
    let exporter: Server;
    let process: ChildProcess;
    let endpoint: string;
    let renewal: NodeJS.Timeout;

    const page = (): string => {
      const board = 'gpu="0",UUID="GPU-265c9814",device="nvidia0",modelName="NVIDIA A30"';
      const instances = [3, 4, 5, 6, 7, 8, 9].map(
        (id) =>
          `${ENERGY}{${board},GPU_I_PROFILE="1g.6gb",GPU_I_ID="${id}",Hostname="node-a",pod="llama-${id}"} ${millijoules}`,
      );
      return `# HELP ${ENERGY} Total energy consumption since boot (in mJ).
# TYPE ${ENERGY} counter
${instances.join("\n")}
# HELP DCGM_FI_DEV_GPU_TEMP GPU temperature (in C).
# TYPE DCGM_FI_DEV_GPU_TEMP gauge
DCGM_FI_DEV_GPU_TEMP{${board},Hostname="node-a"} 31
`;
    };

    beforeAll(async () => {
      const renew = (): void => {
        millijoules += 330_000;
        renewedMs.set(millijoules * 1e-3, Date.now());
      };
      renew();
      renewal = setInterval(renew, RENEW_MS);
      exporter = createServer((_, response) => response.end(page()));
      await new Promise<void>((resolve) => {
        exporter.listen(0, "127.0.0.1", resolve);
      });
      const port = await freePort();
      endpoint = `http://127.0.0.1:${port}`;
      const config = join(scratch, "prometheus.yml");
      writeFileSync(
        config,
        `global: { scrape_interval: 500ms, scrape_timeout: 400ms }
scrape_configs:
  - job_name: dcgm
    static_configs:
      - targets: ["127.0.0.1:${(exporter.address() as AddressInfo).port}"]
        labels: { pod: exporter-pod, node: node-of-exporter }
`,
      );
      process = spawn(
        "path" in prometheus ? prometheus.path : "",
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(scratch, "data")}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: "ignore" },
      );
      for (let tries = 0; tries < 300 && !(await isUp(endpoint)); tries++) await sleep(100);
      expect(await isUp(endpoint)).toBe(true);
    });

    afterAll(async () => {
      clearInterval(renewal);
      exporter?.close();
      const ended = new Promise((resolve) => {
        process?.once("exit", resolve);
      });
      process?.kill();
      await ended;
      rmSync(scratch, { recursive: true, force: true });
    });

    it("gives each value once, in a range that holds the time it was measured", async () => {
      const readings: MeterReading[] = [];
      const states: string[] = [];
      const fleet = createMeterFleet({
        sources: [
          createMeterSource({
            type: "prometheus",
            endpoint,
            intervalMs: 700,
            maxAgeMs: RENEW_MS + 500,
            matchers: 'job="dcgm"',
          }),
        ],
        nodes: [{ name: "node-a", aliases: [], devices: [{ id: "GPU-265c9814" }] }],
        onReadings: (added) => void readings.push(...added),
        onState: (_, state) => void states.push(state),
      });
      fleet.start();
      for (let tries = 0; tries < 300 && readings.length < 5; tries++) await sleep(100);
      await fleet.shutdown();

      expect(readings.length).toBeGreaterThanOrEqual(5);
      expect(new Set(readings.map(({ value }) => value)).size).toBe(readings.length);
      for (const { device, kind, value, at, earliest } of readings) {
        expect([device, kind]).toEqual(["node-a/GPU-265c9814", "counter"]);
        const measured = renewedMs.get(value) as number;
        expect(measured).toBeGreaterThanOrEqual(msOf(earliest as Instant) - 1);
        expect(measured).toBeLessThanOrEqual(msOf(at) + 500);
      }
      // Raw samples stand at the times of scrapes, not at steps.
      const raw = await rawTimes(endpoint);
      expect(readings.every(({ at }) => raw.has(Math.round(msOf(at))))).toBe(true);
      // A scrape before the first sample is the only loss there may be.
      expect(states.filter((state) => state === "lost").length).toBeLessThanOrEqual(1);
    });
  },
);

/** Times of the server's samples, ms. */
async function rawTimes(endpoint: string): Promise<ReadonlySet<number>> {
  const query = new URLSearchParams({ query: `${ENERGY}[5m]` });
  const answer = (await (await fetch(`${endpoint}/api/v1/query?${query}`)).json()) as {
    data: { result: { values: [number, string][] }[] };
  };
  return new Set(
    answer.data.result.flatMap(({ values }) => values.map(([time]) => Math.round(time * 1000))),
  );
}

async function isUp(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/-/ready`)).ok;
  } catch {
    return false;
  }
}
