import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { buildCollector } from "./build-collector.ts";
import { buildJaeger } from "./build-jaeger.ts";
import { freePort } from "./free-port.ts";
import { fetchTraces, tagOf, withTag } from "./jaeger-traces.ts";
import { root } from "./pack-packages.ts";
import { type Jaeger, startJaeger } from "./start-jaeger.ts";
import { type ServiceProcess, startProcess, waitUntil } from "./start-process.ts";

const folder = join(root, "deploy", "collector");
const main = join(root, "packages", "cli", "dist", "main.js");
const collector = buildCollector();
const jaegerBinary = buildJaeger();
const missing = [collector, jaegerBinary].flatMap((service) =>
  "missing" in service ? [service.missing] : [],
);
const binary = "path" in collector ? collector.path : "";

describe.skipIf(missing.length > 0)(
  `a Collector in front of a gateway and behind it, into Jaeger${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    let scratch: string;
    let jaeger: Jaeger;
    const running: ServiceProcess[] = [];

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "wattspan-collector-"));
      jaeger = await startJaeger("path" in jaegerBinary ? jaegerBinary.path : "", scratch);
    });
    afterEach(async () => {
      for (const service of running.splice(0).reverse()) await service.shutdown();
    });
    afterAll(async () => {
      await jaeger?.shutdown();
      rmSync(scratch, { recursive: true, force: true });
    });

    const start = (command: string, args: string[], env: Record<string, string>): void => {
      const logPath = join(scratch, `${running.length}.log`);
      running.push(startProcess({ command, args, env, logPath }));
    };

    it.each(readdirSync(folder).filter((name) => name !== "wattspan.yaml"))(
      "%s is valid to the Collector itself",
      (name) => {
        execFileSync(binary, ["validate", "--config", join(folder, name)], { stdio: "pipe" });
      },
    );

    it.each([
      ["before.yaml and after.yaml", ["before.yaml", "after.yaml"]],
      ["both.yaml", ["both.yaml"]],
    ])("%s bring figures to the backend", async (title, names) => {
      const [front, grpc, back, gateway, admin] = await Promise.all(
        Array.from({ length: 5 }, freePort),
      );
      const backend = jaeger.tracesEndpoint.replace("/v1/traces", "");
      const url = `http://127.0.0.1:${front}`;
      for (const name of names) {
        const isBehind = name === "after.yaml";
        start(binary, ["--config", join(folder, name)], {
          COLLECTOR_GRPC: `127.0.0.1:${grpc}`,
          COLLECTOR_HTTP: `127.0.0.1:${isBehind ? back : front}`,
          COLLECTOR_BACK: `127.0.0.1:${back}`,
          WATTSPAN_GRPC: `127.0.0.1:${gateway}`,
          BACKEND_URL: backend,
        });
      }
      start(process.execPath, [main, "gateway", "--config", join(folder, "wattspan.yaml")], {
        WATTSPAN_GRPC: `127.0.0.1:${gateway}`,
        WATTSPAN_BACKEND: `http://127.0.0.1:${back}`,
        WATTSPAN_ADMIN: `127.0.0.1:${admin}`,
      });
      const processes = running;
      await waitUntil(async () => (await fetch(`http://127.0.0.1:${admin}/readyz`)).ok, {
        processes,
        timeoutMs: 30_000,
      });
      await waitUntil(async () => (await fetch(url)).status > 0, { processes, timeoutMs: 30_000 });

      const traceId = title.length.toString(16).padStart(32, "c0ffee");
      const nowMs = Date.now();
      const send = async (path: string, body: object): Promise<void> => {
        const answer = await fetch(url + path, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(body),
        });
        expect(answer.status).toBe(200);
      };
      await send("/v1/traces", spansOf(traceId, nowMs));
      // Readings that go past the phases: their figures are final after linger and export delay.
      for (let second = -10; second <= 20; second += 1)
        await send("/v1/metrics", readingAt(nowMs + second * 1000, (second + 10) * 400));

      const find = async () => (await fetchTraces(jaeger.queryUrl, `/${traceId}`))[0];
      await waitUntil(
        async () => {
          const trace = await find();
          return trace !== undefined && withTag(trace, "footprint.request.energy").length > 0;
        },
        { processes, timeoutMs: 60_000 },
      );
      const trace = await find();
      const phases = trace === undefined ? [] : withTag(trace, "footprint.energy.total");
      expect(phases.map((span) => tagOf(span, "footprint.inference.phase")).sort()).toEqual([
        "decode",
        "prefill",
      ]);
      const joules = phases.map((span) => Number(tagOf(span, "footprint.energy.total")));
      // 400 W, less 70 W of idle power, for 2 s and 4 s, times the PUE; the rest of the seconds is nobody's.
      expect(joules.reduce((sum, each) => sum + each, 0)).toBeCloseTo(330 * 6 * 1.2, 3);
      expect(
        Number(
          tagOf(
            trace?.spans.find((s) => s.operationName === "chat"),
            "footprint.request.energy",
          ),
        ),
      ).toBeCloseTo(330 * 6 * 1.2, 3);
    });
  },
);

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });

/** A request with a prefill of 2 s and a decode of 4 s that ended 3 s ago, on one device. */
function spansOf(traceId: string, nowMs: number): object {
  const span = (id: string, name: string, fromMs: number, toMs: number, phase?: string) => ({
    traceId,
    spanId: id.repeat(16),
    ...(id === "1" ? {} : { parentSpanId: "1".repeat(16) }),
    name,
    kind: 1,
    startTimeUnixNano: `${nowMs + fromMs}000000`,
    endTimeUnixNano: `${nowMs + toMs}000000`,
    attributes:
      phase === undefined
        ? []
        : [
            text("footprint.inference.phase", phase),
            { key: "footprint.inference.processed_tokens", value: { intValue: "100" } },
            {
              key: "footprint.device.ids",
              value: { arrayValue: { values: [{ stringValue: "GPU-1" }] } },
            },
          ],
  });
  const spans = [
    span("1", "chat", -9000, -3000),
    span("2", "prefill", -9000, -7000, "prefill"),
    span("3", "decode", -7000, -3000, "decode"),
  ];
  const resource = {
    attributes: [text("service.name", "worker"), text("host.name", "gpu-node-1")],
  };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

function readingAt(atMs: number, joules: number): object {
  const dataPoints = [
    {
      timeUnixNano: `${atMs}000000`,
      asDouble: joules,
      attributes: [text("hw.id", "GPU-1"), text("hw.type", "gpu"), text("host.name", "gpu-node-1")],
    },
  ];
  const sum = { aggregationTemporality: 2, isMonotonic: true, dataPoints };
  return {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "hw.energy", unit: "J", sum }] }] }],
  };
}
