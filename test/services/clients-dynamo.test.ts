import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { createLog, type Summary, startGateway } from "@wattspan/gateway";
import { footprintMiddleware } from "@wattspan/instrumentation/ai";
import { traceOpenAI } from "@wattspan/instrumentation/openai";
import { startFootprint } from "@wattspan/sdk";
import { generateText, streamText, wrapLanguageModel } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { enginePipeline } from "../engine-pipeline.ts";
import { buildJaeger } from "./build-jaeger.ts";
import { installDynamo } from "./install-dynamo.ts";
import { installExample } from "./install-example.ts";
import { fetchTraces, type JaegerSpan, type JaegerTrace, tagOf, withTag } from "./jaeger-traces.ts";
import { type Dynamo, startDynamo } from "./start-dynamo.ts";
import { startJaeger } from "./start-jaeger.ts";
import { startMeters } from "./start-meters.ts";
import { waitUntil } from "./start-process.ts";

const EXAMPLE = "worker-openai";
const binary = buildJaeger();
const dynamo = installDynamo();
const example = installExample(EXAMPLE);
const missing = [binary, dynamo, example].flatMap((service) =>
  "missing" in service ? [service.missing] : [],
);
const PUE = 1.2;
const MAX_TOKENS = 16;
const prompt = "What does an answer cost in joules, and who paid for it?";
/** Dynamo's own fields: go on to the last token, and tell how long the phases took. */
const asked = { ignore_eos: true, nvext: { extra_fields: ["timing"] } };

/** One question by each way in which a host asks, each below a span of the host. */
const callers: Readonly<Record<string, (service: Dynamo) => PromiseLike<unknown>>> = {
  async "openai stream"(service) {
    const stream = await openAI(service).chat.completions.create({
      ...asked,
      model: service.model,
      messages: [{ role: "user", content: prompt }],
      max_tokens: MAX_TOKENS,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const _ of stream);
  },
  "openai whole": (service) =>
    openAI(service).chat.completions.create({
      ...asked,
      model: service.model,
      messages: [{ role: "user", content: prompt }],
      max_tokens: MAX_TOKENS,
    }),
  "ai stream": (service) => streamText(aiCall(service)).consumeStream(),
  "ai whole": (service) => generateText(aiCall(service)),
};

function openAI({ baseUrl }: Dynamo): OpenAI {
  return traceOpenAI(new OpenAI({ baseURL: `${baseUrl}/v1`, apiKey: "none", maxRetries: 0 }));
}

function aiCall({ baseUrl, model }: Dynamo) {
  const provider = createOpenAICompatible({
    name: "dynamo",
    baseURL: `${baseUrl}/v1`,
    includeUsage: true,
  });
  return {
    model: wrapLanguageModel({
      model: provider.chatModel(model),
      middleware: footprintMiddleware(),
    }),
    prompt,
    maxOutputTokens: MAX_TOKENS,
    maxRetries: 0,
    providerOptions: { dynamo: { ignore_eos: true } },
  };
}

/** Runs the example, which has no span of a host; gives what it prints, the answer. */
async function runExample({ baseUrl, model }: Dynamo, otlpEndpoint: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join("folder" in example ? example.folder : "", "main.js"), `${baseUrl}/v1`, model, prompt],
    { env: { ...process.env, DYNAMO: "1", OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint } },
  );
  return stdout;
}

/** Starts every service, asks once by each caller, and gives what the gateway and Jaeger know at the end. */
async function askAll(scratch: string) {
  const jaeger = await startJaeger("path" in binary ? binary.path : "", scratch);
  const gateway = await startGateway({
    pipeline: enginePipeline({ lingerMs: 2000, holdMs: 20_000, exportDelayMs: 1000 }),
    grpc: { host: "127.0.0.1", port: 0 },
    http: { host: "127.0.0.1", port: 0 },
    exporters: new Map([["jaeger", { tracesEndpoint: jaeger.tracesEndpoint }]]),
    log: createLog({ write: () => {}, level: "error" }),
  });
  const otlpEndpoint = `http://127.0.0.1:${gateway.addresses.grpc?.port}`;
  const httpEndpoint = `http://127.0.0.1:${gateway.addresses.http?.port}`;
  const meters = startMeters(otlpEndpoint);
  const find = (): Promise<readonly JaegerTrace[]> =>
    fetchTraces(jaeger.queryUrl, "?service=caller&limit=100");
  const isCharged = (found: JaegerTrace): boolean =>
    withTag(found, "footprint.request.energy").length > 0;

  async function ask(): Promise<string> {
    const python = "python" in dynamo ? dynamo.python : "";
    const service = await startDynamo({ python, mode: "disagg", otlpEndpoint, scratch });
    try {
      const exporter = new OTLPTraceExporter({ url: `${httpEndpoint}/v1/traces` });
      const footprint = startFootprint({ meter: "none", exporter, log: () => {} });
      for (const [name, call] of Object.entries(callers)) {
        await trace.getTracer("host").startActiveSpan(name, async (span) => {
          await call(service);
          span.end();
        });
      }
      await footprint.shutdown();
      const printed = await runExample(service, httpEndpoint);
      await waitUntil(async () => (await find()).filter(isCharged).length === names.length, {
        processes: [],
        timeoutMs: 30_000,
      });
      return printed;
    } finally {
      await service.shutdown();
    }
  }

  try {
    let printed: string;
    try {
      printed = await ask();
    } finally {
      await meters.shutdown();
      await gateway.shutdown();
    }
    return { printed, traces: await find(), summary: gateway.pipeline.summary() };
  } finally {
    await jaeger.shutdown();
  }
}

const names = [...Object.keys(callers), EXAMPLE];
const hostNameOf = (name: string): string | undefined => (name === EXAMPLE ? undefined : name);
const hostOf = (spans: readonly JaegerSpan[]): JaegerSpan | undefined =>
  spans.find(({ operationName }) => operationName in callers);

describe.skipIf(missing.length > 0)(
  `clients of a live Dynamo, through a gateway into Jaeger${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    const scratch = mkdtempSync(join(tmpdir(), "wattspan-clients-"));
    let printed: string;
    let traces: readonly JaegerTrace[];
    let summary: Summary;

    beforeAll(async () => {
      vi.stubEnv("OTEL_SERVICE_NAME", "caller");
      ({ printed, traces, summary } = await askAll(scratch));
    });
    afterAll(() => {
      vi.unstubAllEnvs();
      rmSync(scratch, { recursive: true });
    });

    const traceOf = (name: string): JaegerTrace =>
      traces.find(({ spans }) => hostOf(spans)?.operationName === hostNameOf(name)) as JaegerTrace;
    const ofCaller = ({ spans, processes }: JaegerTrace): readonly JaegerSpan[] =>
      spans.filter(({ processID }) => processes[processID]?.serviceName === "caller");
    const sourcesOf = (found: JaegerTrace): readonly unknown[] =>
      ofCaller(found)
        .filter((span) => tagOf(span, "footprint.inference.phase") !== undefined)
        .sort((a, b) => a.startTime - b.startTime)
        .map((span) => [
          tagOf(span, "footprint.inference.phase"),
          tagOf(span, "footprint.inference.interval_source"),
        ]);

    it("prints the answer in the example", () => {
      expect(printed).toMatch(/word\d+/);
    });

    it.each(names)("%s: the host, the client and Dynamo are in one trace", (name) => {
      const found = traceOf(name);
      const services = Object.values(found.processes).map(({ serviceName }) => serviceName);
      expect([...new Set(services)].sort()).toEqual([
        "caller",
        "dynamo-frontend",
        "dynamo-worker-decode",
        "dynamo-worker-prefill",
      ]);
      const host = hostOf(found.spans);
      const call = found.spans.find((span) => span.operationName.startsWith("chat "));
      const served = found.spans.filter((span) => span.operationName === "http-request");
      expect(call?.references[0]?.spanID).toBe(host?.spanID);
      expect(served.map(({ references }) => references[0]?.spanID)).toEqual([call?.spanID]);
    });

    it("tells the phases as the client saw them, or as Dynamo told it", () => {
      expect(Object.fromEntries(names.map((name) => [name, sourcesOf(traceOf(name))]))).toEqual({
        "openai stream": [
          ["prefill", "client_nvext"],
          ["decode", "client_nvext"],
        ],
        "openai whole": [
          ["prefill", "client_nvext"],
          ["decode", "client_nvext"],
        ],
        "ai stream": [
          ["prefill", "client_stream"],
          ["decode", "client_stream"],
        ],
        "ai whole": [["mixed", "client_response"]],
        [EXAMPLE]: [
          ["prefill", "client_nvext"],
          ["decode", "client_nvext"],
        ],
      });
    });

    it.each(names)("%s: every joule is charged once, and none to the client", (name) => {
      const found = traceOf(name);
      for (const span of ofCaller(found)) {
        const figures = span.tags.filter(({ key }) => /^footprint\..*(energy|carbon)/.test(key));
        expect(figures, span.operationName).toEqual([]);
      }
      const charged = withTag(found, "footprint.energy.total");
      expect(charged.map((span) => tagOf(span, "footprint.inference.phase")).sort()).toEqual([
        "decode",
        "prefill",
      ]);
      const joules = charged.map((span) => Number(tagOf(span, "footprint.energy.total")));
      for (const each of joules) expect(each).toBeGreaterThan(0);
      const [root, ...others] = withTag(found, "footprint.request.energy");
      expect(others).toEqual([]);
      const total = Number(tagOf(root, "footprint.request.energy"));
      expect(joules.reduce((sum, each) => sum + each, 0)).toBeCloseTo(total, 9);
      const requests = summary.requests.filter(({ traceId }) => traceId === found.traceID);
      expect(requests).toHaveLength(1);
      expect((requests[0]?.energyJoules ?? Number.NaN) * PUE).toBeCloseTo(total, 9);
    });

    it("charges the devices for these requests and Dynamo's own alone", () => {
      const charged = summary.requests.reduce(
        (sum, { energyJoules }) => sum + (energyJoules ?? Number.NaN),
        0,
      );
      const { meteredJoules, attributedJoules, idleJoules, unattributedJoules } = summary.totals;
      expect(charged).toBeCloseTo(attributedJoules, 9);
      expect(attributedJoules + idleJoules + unattributedJoules).toBeCloseTo(meteredJoules, 6);
    });
  },
);
