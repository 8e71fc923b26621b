import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLog, type Gateway, startGateway } from "@wattspan/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginePipeline } from "../engine-pipeline.ts";
import { buildJaeger } from "./build-jaeger.ts";
import { sendChat } from "./chat.ts";
import { installDynamo } from "./install-dynamo.ts";
import { fetchTraces, type JaegerTrace, tagOf, withTag } from "./jaeger-traces.ts";
import { type Dynamo, type DynamoMode, startDynamo } from "./start-dynamo.ts";
import { type Jaeger, startJaeger } from "./start-jaeger.ts";
import { startMeters } from "./start-meters.ts";
import { waitUntil } from "./start-process.ts";

const binary = buildJaeger();
const dynamo = installDynamo();
const missing = [binary, dynamo].flatMap((service) =>
  "missing" in service ? [service.missing] : [],
);

describe.skipIf(missing.length > 0)(
  `live Dynamo into a gateway into Jaeger${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    let scratch: string;
    let jaeger: Jaeger;

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "wattspan-services-"));
      jaeger = await startJaeger("path" in binary ? binary.path : "", scratch);
    });

    afterAll(async () => {
      await jaeger?.shutdown();
      rmSync(scratch, { recursive: true, force: true });
    });

    const byTag = (service: string, key: string, value: string) =>
      fetchTraces(
        jaeger.queryUrl,
        `?limit=100&service=${service}&tags=${encodeURIComponent(JSON.stringify({ [key]: value }))}`,
      );

    it.each<{ mode: DynamoMode; decode: string; zone: string }>([
      { mode: "disagg", decode: "dynamo-worker-decode", zone: "PL" },
      { mode: "bootstrap", decode: "dynamo-worker-decode", zone: "PL" },
      { mode: "agg", decode: "dynamo-worker-agg", zone: "DE" },
      { mode: "sample", decode: "dynamo-worker-decode", zone: "PL" },
    ])("$mode answers three queries", async ({ mode, decode, zone }) => {
      const requestIds = Array.from({ length: 8 }, (_, index) => `${mode}-${index}`);
      /** Each request's trace, once its total has come. */
      const findTraces = async (): Promise<readonly JaegerTrace[]> => {
        const found = await Promise.all(
          requestIds.map((id) => byTag("dynamo-frontend", "x_request_id", id)),
        );
        return found
          .flat()
          .filter((trace) => withTag(trace, "footprint.request.energy").length > 0);
      };

      const gateway = await startTestGateway(jaeger.tracesEndpoint);
      const otlpEndpoint = `http://127.0.0.1:${gateway.addresses.grpc?.port}`;
      const meters = startMeters(otlpEndpoint);
      const folder = join(scratch, mode);
      mkdirSync(folder);
      try {
        const python = "python" in dynamo ? dynamo.python : "";
        const service = await startDynamo({ python, mode, otlpEndpoint, scratch: folder });
        try {
          const answers = await sendLoad(service, requestIds);
          for (const { completionTokens } of answers) expect(completionTokens).toBeGreaterThan(1);
          await waitUntil(async () => (await findTraces()).length === requestIds.length, {
            processes: [],
            timeoutMs: 30_000,
          });
        } finally {
          await service.shutdown();
        }
      } finally {
        await meters.shutdown();
        await gateway.shutdown();
      }

      const traces = await findTraces();
      const traceIds = traces.map(({ traceID }) => traceID);
      expect(new Set(traceIds).size).toBe(requestIds.length);
      expect(traceIds).toEqual(expect.arrayContaining(requestIds.filter(hasCaller).map(traceIdOf)));
      for (const { traceID } of traces) {
        const [trace = { traceID, spans: [], processes: {} }] = await fetchTraces(
          jaeger.queryUrl,
          `/${traceID}`,
        );
        const phases = withTag(trace, "footprint.energy.total");
        expect(phases.map((span) => tagOf(span, "footprint.inference.phase")).sort()).toEqual([
          "decode",
          "prefill",
        ]);
        const [root, ...others] = withTag(trace, "footprint.request.energy");
        expect(root?.operationName).toBe("http-request");
        expect(others).toEqual([]);
        const joules = phases.map((span) => Number(tagOf(span, "footprint.energy.total")));
        for (const each of joules) expect(each).toBeGreaterThan(0);
        const sum = joules.reduce((total, each) => total + each, 0);
        expect(Number(tagOf(root, "footprint.request.energy"))).toBeCloseTo(sum, 6);

        const band = String(tagOf(root, "footprint.request.energy_band"));
        const inBand = await byTag("dynamo-frontend", "footprint.request.energy_band", band);
        expect(inBand.map((other) => other.traceID)).toContain(traceID);

        const inZone = await byTag(decode, "footprint.grid.zone", zone);
        expect(inZone.map((other) => other.traceID)).toContain(traceID);
      }
    });
  },
);

function startTestGateway(tracesEndpoint: string): Promise<Gateway> {
  return startGateway({
    pipeline: enginePipeline({ lingerMs: 2000, holdMs: 20_000, exportDelayMs: 1000 }),
    grpc: { host: "127.0.0.1", port: 0 },
    exporters: new Map([["jaeger", { tracesEndpoint }]]),
    log: createLog({ write: () => {}, level: "error" }),
  });
}

/**
 * One chat a request id, all at once and of differing lengths; in bootstrap mode a prefill's `handle_payload` may
 * outlast the short ones.
 */
function sendLoad({ baseUrl, model }: Dynamo, requestIds: readonly string[]) {
  return Promise.all(
    requestIds.map((id, index) => {
      const traceId = traceIdOf(id);
      const traceparent = `00-${traceId}-${traceId.slice(0, 16)}-01`;
      return sendChat(baseUrl, {
        model,
        text: `${id}: ${"what does an answer cost? ".repeat(5 + 20 * (index % 4))}`,
        maxTokens: 16 + 16 * (index % 3),
        headers: { "x-request-id": id, ...(hasCaller(id) ? { traceparent } : {}) },
      });
    }),
  );
}

/** Every other request continues a caller's trace. */
function hasCaller(requestId: string): boolean {
  return Number(requestId.at(-1)) % 2 === 0;
}

function traceIdOf(requestId: string): string {
  return Buffer.from(requestId.padEnd(16, "-")).toString("hex");
}
