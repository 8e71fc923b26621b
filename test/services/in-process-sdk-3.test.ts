import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { cacheFolder } from "./build-jaeger.ts";

/** OpenTelemetry 3.x needs Node 22.15; `node` brings one. */
const versions: Readonly<Record<string, string>> = {
  node: "22.23.3",
  "@opentelemetry/api": "1.10.0",
  "@opentelemetry/otlp-transformer": "0.301.1",
  "@opentelemetry/resources": "3.1.1",
  "@opentelemetry/sdk-trace": "3.1.1",
};
const folder = join(cacheFolder, `sdk-3-${versions["@opentelemetry/sdk-trace"]}`);
const root = fileURLToPath(new URL("../..", import.meta.url));
const node = join(folder, "node_modules", "node", "bin", "node");

beforeAll(() => {
  if (existsSync(node)) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ private: true, dependencies: versions }),
  );
  const install = spawnSync("npm", ["install", "--no-audit", "--no-fund"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (install.status !== 0) throw new Error(install.stderr);
});

describe("OpenTelemetry SDK 3.x", () => {
  it("gives the same figures, bit for bit those of a replay", () => {
    const run = spawnSync(
      node,
      [
        join(root, "node_modules/vitest/vitest.mjs"),
        "run",
        "--config",
        "test/services/sdk-3.config.ts",
        "--reporter=json",
      ],
      { cwd: root, encoding: "utf8", env: { ...process.env, WATTSPAN_SDK_3: folder } },
    );
    const report = JSON.parse(run.stdout.slice(run.stdout.indexOf("{"))) as {
      numPassedTests: number;
      numFailedTests: number;
      numTotalTests: number;
    };
    expect(report.numFailedTests, run.stdout + run.stderr).toBe(0);
    expect(report.numPassedTests).toBe(report.numTotalTests);
    expect(report.numPassedTests).toBeGreaterThanOrEqual(16);
  });
});
