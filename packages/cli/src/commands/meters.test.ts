import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MetersReport } from "../describe-meters.ts";
import { runMeters } from "./meters.ts";

const folder = mkdtempSync(join(tmpdir(), "wattspan-meters-"));
let millijoules = 126_272_101_025;
/** A dcgm-exporter that renews its values at each look, beside a Triton server on the same device. */
const server = createServer((request, response) => {
  millijoules += 7000;
  const labels = 'UUID="GPU-a",modelName="NVIDIA H100 80GB HBM3",hostname="pod-1"';
  response.end(
    request.url === "/dcgm"
      ? `DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{${labels}} ${millijoules}
DCGM_FI_DEV_POWER_USAGE{${labels}} 631.95
DCGM_FI_DEV_POWER_USAGE{UUID="GPU-b",hostname="pod-1"} NaN\n`
      : `nv_energy_consumption{gpu_uuid="GPU-a"} ${millijoules / 1000 - 126e6}\n`,
  );
});
let base: string;

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

async function run(
  sources: readonly object[],
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const config = join(folder, "config.yaml");
  const nodes = [{ name: "node-a", devices: [{ id: "GPU-a", model: "H100-SXM" }] }];
  writeFileSync(config, JSON.stringify({ nodes, meters: { sources } }));
  const written = { stdout: "", stderr: "" };
  const code = await runMeters(["--config", config, ...args], {
    stdout(text) {
      written.stdout += text;
    },
    stderr(text) {
      written.stderr += text;
    },
    env: {},
  });
  return { code, ...written };
}

describe("wattspan meters", () => {
  it("lists devices, the meter that is read, its checks and watts", async () => {
    const sources = [
      { type: "dcgm", endpoint: `${base}/dcgm`, interval: "50ms" },
      { type: "triton", endpoint: `${base}/triton`, interval: "50ms" },
    ];
    const { code, stdout } = await run(sources, "--json");
    const report = JSON.parse(stdout) as MetersReport;
    expect(code).toBe(0);
    expect(report.sources).toMatchObject([
      { type: "dcgm", state: "found", unverified: false, failures: 0 },
      { type: "triton", state: "found", unverified: true },
    ]);
    expect(report.sources[0]?.unread["not_finite"]).toBeGreaterThan(0);
    expect(report.devices).toHaveLength(1);
    const [device] = report.devices;
    expect(device).toMatchObject({
      node: "node-a",
      id: "GPU-a",
      scope: "gpu",
      model: "NVIDIA H100 80GB HBM3",
    });
    expect(device?.watts).toBeGreaterThan(0);
    expect(device?.meters[0]).toMatchObject({ kind: "counter", role: "read", unverified: false });
    expect(device?.meters.slice(1).every(({ role }) => role === "check")).toBe(true);
  });

  it("writes text for eyes", async () => {
    const endpoint = `${base}/dcgm`;
    const { code, stdout } = await run([{ type: "dcgm", endpoint, interval: "50ms" }]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^found {3}dcgm ${endpoint} \\| not read: \\d+ not_finite\n`),
    );
    expect(stdout).toMatch(
      /\nnode-a\/GPU-a \| NVIDIA H100 80GB HBM3 \| \d+\.\d W\n {2}read +counter /,
    );
    expect(stdout).toMatch(/\n {2}check +power +dcgm /);
  });

  it("fails with the reason where a source does not answer", async () => {
    const { code, stdout } = await run([{ type: "dcgm", endpoint: `${base}/triton` }]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^lost .* no power or energy of a device \| failures: 1\n\nno device\n$/,
    );
  });

  it("needs sources, and says what is wrong with them", async () => {
    expect((await run([])).stderr).toMatch(/no meters.sources/);
    expect((await run([{ type: "nvml" }])).stderr).toMatch(
      /meters\.sources\[0\]\.node: is missing/,
    );
    expect((await run([], "--wait", "5")).code).toBe(2);
    expect((await run([], "--jsno")).code).toBe(2);
  });
});
