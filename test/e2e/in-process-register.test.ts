import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { attributesOf, createTraceScanner, nameOf, resourceAttributesOf } from "@wattspan/otlp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const register = fileURLToPath(new URL("../../packages/sdk/dist/register.js", import.meta.url));
const folder = fileURLToPath(new URL("in-process-workers/", import.meta.url));
const isBuilt = existsSync(register);

interface Received {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, unknown>;
  readonly resource: ReadonlyMap<string, unknown>;
}

let server: Server;
let received: Received[];

beforeEach(async () => {
  received = [];
  const scanner = createTraceScanner({ names: [], keys: [] });
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      const table = scanner.scan(Buffer.concat(parts), "protobuf");
      for (let i = 0; i < table.count; i++) {
        received.push({
          name: nameOf(table, i),
          attributes: attributesOf(table, i),
          resource: resourceAttributesOf(table, i),
        });
      }
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { port } = server.address() as AddressInfo;
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: {
      PATH: process.env["PATH"] ?? "",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_SERVICE_NAME: "zero-code",
      ...env,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}

const settings = {
  WATTSPAN_METER: "model",
  WATTSPAN_DEVICES: "cpu=65W",
  WATTSPAN_GRID_ZONE: "FR",
  WATTSPAN_PUE: "1.2",
};

describe.skipIf(!isBuilt)(isBuilt ? "register" : "register (skipped: not built)", () => {
  it.each(["--import", "--require"])("%s gives a worker footprints", async (flag) => {
    const { code, stderr } = await run([flag, register, "worker.cjs"], settings);
    expect(code, stderr).toBe(0);
    expect(received.map(({ name }) => name).sort()).toEqual(["decode", "llm request", "prefill"]);
    for (const { attributes, resource } of received) {
      expect(attributes.get("footprint.measurement.status")).toBe("estimated");
      expect(resource.get("service.name")).toBe("zero-code");
      expect(resource.has("host.name")).toBe(true);
    }
    const request = received.find(({ name }) => name === "llm request");
    const joules = received
      .map(({ attributes }) => (attributes.get("footprint.energy.total") as number) ?? 0)
      .reduce((sum, value) => sum + value, 0);
    expect(joules).toBeGreaterThan(0);
    expect(request?.attributes.get("footprint.request.energy")).toBeCloseTo(joules, 9);
    expect(request?.attributes.get("footprint.request.carbon")).toBeGreaterThan(0);
    expect(stderr).toMatch(
      /^wattspan: meter model \(model: configured\)\nwattspan: first request: .+ J, .+ gCO2e .+zone FR/,
    );
  });

  it("reads a file, over which variables go, and tells what it cannot use", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "wattspan-")), "worker.json");
    writeFileSync(
      file,
      JSON.stringify({ zone: "PL", devices: [{ id: "cpu", maxWatts: 65 }], zon: 1 }),
    );
    const { code, stderr } = await run(["--import", register, "worker.cjs"], {
      WATTSPAN_CONFIG: file,
      WATTSPAN_METER: "model",
      WATTSPAN_PUE: "0.5",
      OTEL_TRACES_SAMPLER: "always_off",
    });
    expect(code).toBe(0);
    expect(received).toEqual([]);
    expect(stderr).toContain("no setting is called zon");
    expect(stderr).toContain("WATTSPAN_PUE 0.5 is not a number of at least 1");
    // Nothing is sampled, everything is measured.
    expect(stderr).toMatch(/first request: .+ J, .+ gCO2e .+zone PL/);
  });

  it("sets up no second provider, and says what to add to the first", async () => {
    const { code, stderr } = await run(
      ["--require", "./own-provider.cjs", "--import", register, "worker.cjs"],
      settings,
    );
    expect(code).toBe(0);
    expect(received.map(({ name }) => name).sort()).toEqual(["decode", "llm request", "prefill"]);
    expect(received.some(({ attributes }) => attributes.has("footprint.energy.total"))).toBe(false);
    expect(stderr).toContain("addFootprint({ exporter, zone })");
  });

  it("does nothing where the SDK is disabled", async () => {
    const { code, stderr } = await run(["--import", register, "worker.cjs"], {
      OTEL_SDK_DISABLED: "true",
    });
    expect([code, stderr, received]).toEqual([0, "", []]);
  });

  it("can be required", async () => {
    const { stdout, stderr } = await run(["require-sdk.cjs"]);
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe(
      "CarbonSpanExporter FootprintSampler FootprintSpanProcessor addFootprint startFootprint",
    );
  });
});
