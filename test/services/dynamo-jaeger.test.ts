import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { instantOf } from "@wattspan/footprint";
import { createLog, type Gateway, startGateway } from "@wattspan/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineDevices, enginePipeline } from "../engine-pipeline.ts";
import { buildJaeger } from "./build-jaeger.ts";
import { freePort } from "./free-port.ts";
import { installDynamo } from "./install-dynamo.ts";

const jaeger = buildJaeger();
const dynamo = installDynamo();
const missing = [jaeger, dynamo].flatMap((service) =>
  "missing" in service ? [service.missing] : [],
);

interface JaegerSpan {
  readonly operationName: string;
  readonly tags: readonly { readonly key: string; readonly value: unknown }[];
}
interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
}

const tagOf = (span: JaegerSpan, key: string): unknown =>
  span.tags.find((tag) => tag.key === key)?.value;
const hasTag =
  (key: string) =>
  (span: JaegerSpan): boolean =>
    tagOf(span, key) !== undefined;

describe.skipIf(missing.length > 0)(
  `live Dynamo into a gateway into Jaeger${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "wattspan-jaeger-"));
    let process: ChildProcess;
    let queryPort: number;
    let otlpPort: number;

    beforeAll(async () => {
      [queryPort, otlpPort] = [await freePort(), await freePort()];
      const config = join(scratch, "jaeger.yaml");
      writeFileSync(config, jaegerConfig(queryPort, otlpPort, await freePort()));
      process = spawn("path" in jaeger ? jaeger.path : "", ["--config", config], {
        env: { ...globalThis.process.env, OTEL_TRACES_SAMPLER: "always_off" },
        stdio: "ignore",
      });
      for (let tries = 0; tries < 300 && !(await isUp(queryPort)); tries++) await sleep(100);
      expect(await isUp(queryPort)).toBe(true);
    });

    afterAll(() => {
      process?.kill();
      rmSync(scratch, { recursive: true, force: true });
    });

    const search = async (query: string): Promise<readonly JaegerTrace[]> => {
      const answer = await fetch(`http://127.0.0.1:${queryPort}/api/traces?limit=100&${query}`);
      return ((await answer.json()) as { data: readonly JaegerTrace[] }).data;
    };
    const byTag = (service: string, key: string, value: string) =>
      search(`service=${service}&tags=${encodeURIComponent(JSON.stringify({ [key]: value }))}`);

    it.each([
      { mode: "disagg", env: {}, decode: "dynamo-worker-decode" },
      { mode: "disagg", env: { BOOT: "1" }, decode: "dynamo-worker-decode" },
      { mode: "agg", env: {}, decode: "dynamo-worker-agg" },
      { mode: "sample", env: { ROUTER: "round-robin" }, decode: "dynamo-worker-decode" },
    ])("$mode $env answers three queries", async ({ mode, env, decode }) => {
      const since = BigInt(Date.now()) * 1000n;
      const gateway = await startTestGateway(otlpPort);
      const meter = startMeter(gateway);
      try {
        await promisify(execFile)("bash", ["run.sh", mode, join(scratch, "capture")], {
          cwd: "folder" in dynamo ? dynamo.folder : scratch,
          env: {
            ...globalThis.process.env,
            ...env,
            OTLP_GRPC: `http://127.0.0.1:${gateway.addresses.grpc?.port}`,
            FRONTEND_PORT: String(await freePort()),
            OTLP_METRICS: "0",
          },
          maxBuffer: 1e8,
        });
        await sleep(1500);
      } finally {
        clearInterval(meter);
        await gateway.shutdown();
      }
      await sleep(500);
      const traces = (await search(`service=dynamo-frontend&start=${since}`)).filter((trace) =>
        trace.spans.some(hasTag("footprint.request.energy")),
      );
      expect(traces.length).toBeGreaterThanOrEqual(5);
      const trace = traces[0] as JaegerTrace;

      const answer = await fetch(`http://127.0.0.1:${queryPort}/api/traces/${trace.traceID}`);
      const [found] = ((await answer.json()) as { data: readonly JaegerTrace[] }).data;
      const phases = (found?.spans ?? []).filter(hasTag("footprint.energy.total"));
      expect(phases.map((span) => tagOf(span, "footprint.inference.phase")).sort()).toEqual([
        "decode",
        "prefill",
      ]);
      const roots = (found?.spans ?? []).filter(hasTag("footprint.request.energy"));
      expect(roots.map((span) => span.operationName)).toEqual(["http-request"]);
      const sum = phases.reduce(
        (total, span) => total + Number(tagOf(span, "footprint.energy.total")),
        0,
      );
      expect(Number(tagOf(roots[0] as JaegerSpan, "footprint.request.energy"))).toBeCloseTo(sum, 6);

      const band = String(tagOf(roots[0] as JaegerSpan, "footprint.request.energy_band"));
      const inBand = await byTag("dynamo-frontend", "footprint.request.energy_band", band);
      expect(inBand.map(({ traceID }) => traceID)).toContain(trace.traceID);

      const zone = mode === "agg" ? "DE" : "PL";
      const inZone = await byTag(decode, "footprint.grid.zone", zone);
      expect(inZone.map(({ traceID }) => traceID)).toContain(trace.traceID);
    });
  },
);

async function isUp(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/api/services`).then(
    (answer) => answer.ok,
    () => false,
  );
}

function startTestGateway(otlpPort: number): Promise<Gateway> {
  return startGateway({
    pipeline: enginePipeline({ lingerMs: 2000, holdMs: 20_000, exportDelayMs: 1000 }),
    grpc: { host: "127.0.0.1", port: 0 },
    exporters: new Map([["jaeger", { tracesEndpoint: `http://127.0.0.1:${otlpPort}/v1/traces` }]]),
    log: createLog({ write: () => {}, level: "error" }),
  });
}

/** A counter of constant power on every device, as no GPU is at hand. */
function startMeter(gateway: Gateway): NodeJS.Timeout {
  const startedMs = Date.now();
  return setInterval(() => {
    const nowMs = Date.now();
    const at = instantOf(BigInt(nowMs) * 1_000_000n);
    const value = 1000 + (nowMs - startedMs) * 0.4;
    gateway.pipeline.addReadings(
      engineDevices.map((device) => ({ device, kind: "counter", value, at })),
    );
  }, 100);
}

function jaegerConfig(queryPort: number, otlpPort: number, grpcPort: number): string {
  return `service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines:
    traces: { receivers: [otlp], processors: [], exporters: [jaeger_storage_exporter] }
  telemetry: { metrics: { level: none }, logs: { level: warn } }
extensions:
  jaeger_storage: { backends: { memory: { memory: { max_traces: 100000 } } } }
  jaeger_query:
    storage: { traces: memory }
    http: { endpoint: "127.0.0.1:${queryPort}" }
    grpc: { endpoint: "127.0.0.1:${grpcPort}" }
receivers: { otlp: { protocols: { http: { endpoint: "127.0.0.1:${otlpPort}" } } } }
exporters: { jaeger_storage_exporter: { trace_storage: memory } }
`;
}
