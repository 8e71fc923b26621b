import { context, trace } from "@opentelemetry/api";
import OpenAI, { AzureOpenAI } from "openai";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startModelServer } from "../http/model-server.test.fixture.ts";
import * as shapes from "../http/server-shapes.test.maker.ts";
import { startTelemetry } from "../telemetry.test.fixture.ts";
import { traceOpenAI } from "./trace-openai.ts";

const chat = {
  model: "some/model",
  messages: [{ role: "user" as const, content: "What is a joule?" }],
};

describe("traceOpenAI", () => {
  let telemetry: ReturnType<typeof startTelemetry>;
  let server: Awaited<ReturnType<typeof startModelServer>>;
  beforeEach(async () => {
    telemetry = startTelemetry();
    server = await startModelServer({
      "/vllm/chat/completions": shapes.vllm(4),
      "/dynamo/chat/completions": shapes.dynamo,
      "/whole/chat/completions": shapes.whole,
      "/whole/embeddings": shapes.embeddings,
      "/whole/deployments/e/embeddings?api-version=1": shapes.embeddings,
      "/failing/chat/completions": shapes.failing,
    });
  });
  afterEach(async () => {
    await telemetry.stop();
    await server.stop();
  });
  const clientOf = (path: string): OpenAI =>
    traceOpenAI(new OpenAI({ apiKey: "none", baseURL: `${server.url}/${path}`, maxRetries: 0 }));

  it.each([
    { path: "vllm", tokens: [64, 23] },
    { path: "dynamo", tokens: [172, 31] },
  ])("traces a stream of $path below the active span", async ({ path, tokens }) => {
    const tracer = trace.getTracer("host");
    const root = tracer.startSpan("agent");
    let text = "";
    await context.with(trace.setSpan(context.active(), root), async () => {
      const stream = await clientOf(path).chat.completions.create({
        ...chat,
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    });
    root.end();
    expect(text).toBe("Joules are not watts.");
    const [prefill, decode, request, agent] = telemetry.spans();
    expect(
      [prefill, decode].map((span) => span?.attributes["footprint.inference.processed_tokens"]),
    ).toEqual(tokens);
    expect([prefill?.parentId, decode?.parentId]).toEqual([request?.id, request?.id]);
    expect(request?.parentId).toBe(agent?.id);
    expect(request?.attributes).toMatchObject({
      "gen_ai.response.model": "some/model",
      "gen_ai.response.finish_reasons": ["stop"],
    });
    expect(server.calls[0]?.headers["traceparent"]).toBe(`00-${agent?.traceId}-${request?.id}-01`);
  });

  it("traces answers in one piece and embeddings", async () => {
    const answer = await clientOf("whole").chat.completions.create(chat);
    expect(answer.choices[0]?.message.content).toBe("Joules.");
    await clientOf("whole").embeddings.create({ model: "e", input: "x", encoding_format: "float" });
    await expect
      .poll(() => telemetry.phases().map(({ name }) => name))
      .toEqual(["mixed some/model", "prefill e"]);
  });

  it("ends when the caller aborts a stream, and when the server fails", async () => {
    const stream = await clientOf("vllm").chat.completions.create({ ...chat, stream: true });
    for await (const chunk of stream)
      if (chunk.choices[0]?.delta.content) stream.controller.abort();
    const failing = await clientOf("failing").chat.completions.create({ ...chat, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of failing);
    };
    await expect(read()).rejects.toThrow("engine died");
    const requests = telemetry.spans().filter(({ name }) => name.startsWith("chat"));
    expect(requests.map(({ isError }) => isError)).toEqual([true, true]);
  });

  it("keeps the client's kind and its own fetch", async () => {
    const paths: string[] = [];
    const client = new AzureOpenAI({
      apiKey: "none",
      apiVersion: "1",
      baseURL: `${server.url}/whole`,
      fetch: (input, init) => {
        paths.push(String(input));
        return fetch(input as string, init);
      },
    });
    const traced = traceOpenAI(client);
    expect(traced).toBeInstanceOf(AzureOpenAI);
    await traced.embeddings.create({ model: "e", input: "x", encoding_format: "float" });
    expect(paths).toHaveLength(1);
    await expect.poll(() => telemetry.phases().map(({ name }) => name)).toEqual(["prefill e"]);
  });
});
