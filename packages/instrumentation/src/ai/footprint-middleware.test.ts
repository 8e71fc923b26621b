import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { embed, generateText, streamText, wrapEmbeddingModel, wrapLanguageModel } from "ai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTracedFetch } from "../http/create-traced-fetch.ts";
import { startModelServer } from "../http/model-server.test.fixture.ts";
import * as shapes from "../http/server-shapes.test.maker.ts";
import { startTelemetry } from "../telemetry.test.fixture.ts";
import { footprintEmbeddingMiddleware } from "./footprint-embedding-middleware.ts";
import { footprintMiddleware } from "./footprint-middleware.ts";

describe("the AI SDK", () => {
  let telemetry: ReturnType<typeof startTelemetry>;
  let server: Awaited<ReturnType<typeof startModelServer>>;
  beforeEach(async () => {
    telemetry = startTelemetry();
    server = await startModelServer({
      "/vllm/chat/completions": shapes.vllm(8),
      "/dynamo/chat/completions": shapes.dynamo,
      "/whole/chat/completions": shapes.whole,
      "/whole/embeddings": shapes.embeddings,
      "/failing/chat/completions": shapes.failing,
    });
  });
  afterEach(async () => {
    await telemetry.stop();
    await server.stop();
  });
  const provider = (path: string, fetch = globalThis.fetch) =>
    createOpenAICompatible({
      name: "some-server",
      baseURL: `${server.url}/${path}`,
      includeUsage: true,
      fetch,
    });
  const wrapped = (path: string) =>
    wrapLanguageModel({
      model: provider(path).chatModel("some/model"),
      middleware: footprintMiddleware(),
    });
  const phases = () =>
    telemetry
      .phases()
      .map(({ name, attributes }) => [name, attributes["footprint.inference.processed_tokens"]]);

  it("marks the phases of a stream", async () => {
    const { textStream } = streamText({ model: wrapped("vllm"), prompt: "What is a joule?" });
    let text = "";
    for await (const delta of textStream) text += delta;
    expect(text).toBe("Joules are not watts.");
    expect(phases()).toEqual([
      ["prefill some/model", 60],
      ["decode some/model", 23],
    ]);
    const request = telemetry.spans().find(({ name }) => name === "chat some/model");
    expect(request?.attributes).toMatchObject({
      "gen_ai.provider.name": "some-server.chat",
      "gen_ai.response.finish_reasons": ["stop"],
      "gen_ai.usage.input_tokens": 68,
      "gen_ai.usage.output_tokens": 24,
    });
    expect(server.calls[0]?.headers["traceparent"]).toContain(request?.id);
  });

  it("marks an answer in one piece and embeddings", async () => {
    const { text } = await generateText({ model: wrapped("whole"), prompt: "x" });
    expect(text).toBe("Joules.");
    const model = wrapEmbeddingModel({
      model: provider("whole").embeddingModel("some/embedder"),
      middleware: footprintEmbeddingMiddleware(),
    });
    expect((await embed({ model, value: "x" })).embedding).toEqual([0.25, -0.5]);
    expect(phases()).toEqual([
      ["mixed some/model", 14],
      ["prefill some/embedder", 8],
    ]);
  });

  it("ends the spans of a stream that fails", async () => {
    const { fullStream } = streamText({
      model: wrapped("failing"),
      prompt: "x",
      maxRetries: 0,
      onError: () => {},
    });
    for await (const _ of fullStream);
    expect(telemetry.spans().map(({ name, isError }) => [name, isError])).toEqual([
      ["prefill some/model", false],
      ["decode some/model", true],
      ["chat some/model", true],
    ]);
  });

  it("can be traced by its fetch instead, which sees the server's timings", async () => {
    const model = provider("dynamo", createTracedFetch()).chatModel("some/model");
    await streamText({ model, prompt: "x" }).consumeStream();
    expect(phases()).toEqual([
      ["prefill some/model", 172],
      ["decode some/model", 31],
    ]);
    expect(telemetry.phases()[0]?.attributes["footprint.inference.interval_source"]).toBe(
      "client_nvext",
    );
  });
});
