import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Summary } from "@wattspan/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packPackages, root, runIn } from "./pack-packages.ts";

const folder = mkdtempSync(join(tmpdir(), "wattspan-packed-"));
const worker = ["semconv", "footprint", "sources", "sdk", "instrumentation"];
const command = ["semconv", "otlp", "footprint", "sources", "gateway", "cli"];
let tarballOf: (name: string) => string;

/** An empty project with these packages from the registry, or tarballs. */
function createProject(name: string, dependencies: readonly string[]): string {
  const project = join(folder, name);
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  runIn(project, `npm install --no-audit --no-fund ${dependencies.join(" ")}`);
  return project;
}

/** Runs a script in the project; what it writes to stdout is JSON. */
function runScript(project: string, script: string) {
  writeFileSync(join(project, "script.js"), script);
  const { stdout, stderr } = runIn(project, "node script.js");
  return { told: JSON.parse(stdout) as unknown, stderr };
}

/** How much each entry of these packages exports; the command and `register` run when imported. */
function countExports(project: string, names: readonly string[]): Readonly<Record<string, number>> {
  const entries = names.flatMap((name) => {
    if (name === "cli") return [];
    const path = join(root, "packages", name, "package.json");
    const manifest = JSON.parse(readFileSync(path, "utf8")) as { exports: object };
    return Object.keys(manifest.exports)
      .filter((entry) => !entry.endsWith(".json") && entry !== "./register")
      .map((entry) => `@wattspan/${name}${entry.slice(1)}`);
  });
  const { told } = runScript(
    project,
    `const count = async (name) => [name, Object.keys(await import(name)).length];
    const counts = await Promise.all(${JSON.stringify(entries)}.map(count));
    console.log(JSON.stringify(Object.fromEntries(counts)));`,
  );
  return told as Readonly<Record<string, number>>;
}

/** What README of the instrumentation shows: one request, driven by hand. */
const INFERENCE = `
  const inference = startInference({ model: "m" });
  inference.prefill({ inputTokens: 64, cachedTokens: 16 });
  await sleep(60);
  inference.firstToken();
  await sleep(60);
  inference.token(7);
  inference.end({ finishReason: "stop" });
`;

beforeAll(() => {
  tarballOf = packPackages(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the worker's packages in an empty project without an OpenTelemetry SDK", () => {
  let project: string;
  beforeAll(() => {
    project = createProject("without-sdk", worker.map(tarballOf));
  });

  it("can all be imported", () => {
    const counts = countExports(project, worker);
    expect(Object.keys(counts)).toContain("@wattspan/instrumentation/openai");
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(0);
  });

  it("have types that a strict compiler takes as they are", () => {
    writeFileSync(
      join(project, "host.ts"),
      `import { startInference } from "@wattspan/instrumentation";
      import { traceOpenAI } from "@wattspan/instrumentation/openai";
      import { type DeviceBalance, startFootprint } from "@wattspan/sdk";
      export const balances: readonly DeviceBalance[] = startFootprint({ zone: "FR" }).balances();
      startInference({ model: "m" }).prefill({ inputTokens: 1 }).end();
      export const trace = traceOpenAI;`,
    );
    const flags = "--noEmit --strict --module nodenext --target es2023 --skipLibCheck false";
    expect(() =>
      runIn(project, `${join(root, "node_modules/.bin/tsc")} ${flags} host.ts`),
    ).not.toThrow();
  });

  it("record nothing and hand a stream on as it is", () => {
    const { told, stderr } = runScript(
      project,
      `import { setTimeout as sleep } from "node:timers/promises";
      import { startInference, traceStream } from "@wattspan/instrumentation";
      ${INFERENCE}
      const stream = (async function* () { yield "a"; })();
      console.log(JSON.stringify([inference.isRecording, traceStream(stream, {}) === stream]));`,
    );
    expect(told).toEqual([false, true]);
    expect(stderr).toBe("");
  });

  it("say which package is missing, and let the host run", () => {
    const { told, stderr } = runScript(
      project,
      `import { startFootprint } from "@wattspan/sdk";
      try { startFootprint({ exporter: {} }); }
      catch ({ message }) { console.log(JSON.stringify(message)); }`,
    );
    expect(told).toMatch(/^wattspan: @opentelemetry\/[a-z-]+ is missing: npm install/);
    expect(stderr).toBe("");
    writeFileSync(join(project, "host.js"), 'console.log("host");');
    const run = runIn(project, "node --import @wattspan/sdk/register host.js");
    expect(run.stdout).toBe("host\n");
    expect(run.stderr).toMatch(/^wattspan: @opentelemetry\/[a-z-]+ is missing: npm install/);
  });
});

describe("the worker's packages in a project that has an OpenTelemetry SDK", () => {
  let project: string;
  beforeAll(() => {
    project = createProject("with-sdk", [
      "@opentelemetry/api@1.9.1",
      "@opentelemetry/sdk-node@0.223.0",
      "@opentelemetry/sdk-trace-base@2.12.1",
      ...worker.map(tarballOf),
    ]);
  });

  const host = `
    import { setTimeout as sleep } from "node:timers/promises";
    import { NodeSDK } from "@opentelemetry/sdk-node";
    import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
    import { startInference } from "@wattspan/instrumentation";
    import { addFootprint, startFootprint } from "@wattspan/sdk";
    const memory = new InMemorySpanExporter();
    const next = new SimpleSpanProcessor(memory);
    const tell = (more) => console.log(JSON.stringify({
      spans: memory.getFinishedSpans().map(({ name, attributes }) => ({ name, attributes })), ...more,
    }));
  `;
  interface Told {
    readonly spans: readonly {
      readonly name: string;
      readonly attributes: Readonly<Record<string, unknown>>;
    }[];
    readonly balances?: readonly { readonly attributedJoules: number }[];
    readonly isActive?: boolean;
  }
  const joulesOf = ({ spans }: Told): readonly unknown[] =>
    spans.map(({ attributes }) => attributes["footprint.energy.total"]);

  it("add footprints to its NodeSDK", () => {
    const { told, stderr } = runScript(
      project,
      `${host}
      const added = addFootprint({ next, meter: "model", devices: [{ id: "cpu", maxWatts: 65 }], zone: "FR" });
      const sdk = new NodeSDK({ ...added });
      sdk.start();
      ${INFERENCE}
      await added.spanProcessors[0].forceFlush();
      tell({ balances: added.spanProcessors[0].balances() });
      await sdk.shutdown();`,
    );
    const { spans, balances } = told as Told;
    expect(spans.map(({ name }) => name)).toEqual(["prefill m", "decode m", "chat m"]);
    const [prefill, decode] = joulesOf(told as Told).map(Number);
    expect(prefill).toBeGreaterThan(0);
    expect(decode).toBeGreaterThan(0);
    const total = Number(prefill) + Number(decode);
    expect(spans[2]?.attributes["footprint.request.energy"]).toBeCloseTo(total, 9);
    expect(spans[2]?.attributes["footprint.request.carbon"]).toBeGreaterThan(0);
    expect(balances?.[0]?.attributedJoules).toBeCloseTo(total, 9);
    expect(stderr).toContain("first request:");
  });

  it("leave a provider alone that is there already, and say what to add", () => {
    const { told, stderr } = runScript(
      project,
      `${host}
      const sdk = new NodeSDK({ spanProcessors: [next] });
      sdk.start();
      const { isActive, balances } = startFootprint({ meter: "none" });
      ${INFERENCE}
      tell({ isActive, balances: balances() });
      await sdk.shutdown();`,
    );
    expect(told).toMatchObject({ isActive: false, balances: [] });
    expect(joulesOf(told as Told)).toEqual([undefined, undefined, undefined]);
    expect(stderr).toContain("addFootprint({ exporter, zone })");
  });
});

describe("the command in an empty project", () => {
  let project: string;
  beforeAll(() => {
    project = createProject("command", command.map(tarballOf));
  });

  it("comes with packages that can be imported", () => {
    const counts = countExports(project, command);
    expect(Object.keys(counts)).toContain("@wattspan/gateway");
    for (const [name, count] of Object.entries(counts)) expect(count, name).toBeGreaterThan(0);
  });

  it("plays its recording", () => {
    const { requests, totals } = JSON.parse(
      runIn(project, "npx wattspan demo --json").stdout,
    ) as Summary;
    expect(requests.length).toBeGreaterThan(0);
    const { meteredJoules, attributedJoules, idleJoules, unattributedJoules } = totals;
    expect(attributedJoules).toBeGreaterThan(0);
    expect(attributedJoules + idleJoules + unattributedJoules).toBeCloseTo(meteredJoules, 6);
  });

  it("finds its own example of a configuration to be right", () => {
    const example = "node_modules/wattspan/config.example.yaml";
    expect(() => runIn(project, `npx wattspan check --config ${example}`)).not.toThrow();
  });
});
