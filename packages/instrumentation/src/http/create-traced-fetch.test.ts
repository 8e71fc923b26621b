import { SpanKind } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SeenSpan, startTelemetry } from "../telemetry.test.fixture.ts";
import { createTracedFetch } from "./create-traced-fetch.ts";
import { startModelServer } from "./model-server.test.fixture.ts";
import * as shapes from "./server-shapes.test.maker.ts";

const body = JSON.stringify({ model: "some/model", stream: true, messages: [] });

describe("createTracedFetch", () => {
  let telemetry: ReturnType<typeof startTelemetry>;
  let server: Awaited<ReturnType<typeof startModelServer>>;
  beforeEach(async () => {
    telemetry = startTelemetry();
    server = await startModelServer({
      "/vllm/v1/chat/completions": shapes.vllm(),
      "/cached/v1/chat/completions": shapes.vllm(64),
      "/unasked/v1/chat/completions": shapes.withoutUsage,
      "/dynamo/v1/chat/completions": shapes.dynamo,
      "/llama/v1/chat/completions": shapes.llamaCpp,
      "/api/chat": shapes.ollama,
      "/whole/v1/chat/completions": shapes.whole,
      "/v1/embeddings": shapes.embeddings,
      "/failing/v1/chat/completions": shapes.failing,
      "/broken/v1/chat/completions": shapes.broken,
      "/busy/v1/chat/completions": { pieces: ["slow down"], type: "text/plain", status: 429 },
      "/v1/models": { pieces: ["{}"], type: "application/json" },
    });
  });
  afterEach(async () => {
    await telemetry.stop();
    await server.stop();
  });

  const post = (path: string, init: RequestInit = {}): Promise<Response> =>
    createTracedFetch()(`${server.url}${path}`, { method: "POST", body, ...init });
  const told = (phases: readonly SeenSpan[]): unknown[] =>
    phases.map(({ attributes }) => [
      attributes["footprint.inference.phase"],
      attributes["footprint.inference.processed_tokens"],
      attributes["footprint.inference.interval_source"],
    ]);

  it.each([
    { path: "/vllm/v1/chat/completions", source: "client_stream", tokens: [68, 23] },
    { path: "/cached/v1/chat/completions", source: "client_stream", tokens: [4, 23] },
    {
      path: "/unasked/v1/chat/completions",
      source: "client_stream",
      tokens: [undefined, undefined],
    },
    { path: "/dynamo/v1/chat/completions", source: "client_nvext", tokens: [172, 31] },
    { path: "/llama/v1/chat/completions", source: "client_llama_cpp", tokens: [60, 11] },
    { path: "/api/chat", source: "client_ollama", tokens: [11, 17] },
  ])("tells the phases of $path by $source", async ({ path, source, tokens }) => {
    const response = await post(path);
    const text = await response.text();
    expect(text).toContain("watts");
    expect(response.url).toBe(`${server.url}${path}`);
    expect(told(telemetry.phases())).toEqual([
      ["prefill", tokens[0], source],
      ["decode", tokens[1], source],
    ]);
    const [prefill, decode, request] = telemetry.spans();
    expect(prefill?.endMs).toBe(decode?.startMs);
    expect(prefill?.startMs).toBeGreaterThanOrEqual(request?.startMs ?? Infinity);
    expect(decode?.endMs).toBeLessThanOrEqual(request?.endMs ?? 0);
    expect(request).toMatchObject({ name: "chat some/model", kind: SpanKind.CLIENT });
    const address = {
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(server.url).port),
    };
    for (const { attributes } of telemetry.spans()) expect(attributes).toMatchObject(address);
  });

  it("passes every byte on", async () => {
    const plain = await fetch(`${server.url}/dynamo/v1/chat/completions`, { method: "POST", body });
    const traced = await post("/dynamo/v1/chat/completions");
    expect(await traced.text()).toBe(await plain.text());
    expect([...traced.headers.keys()]).toEqual([...plain.headers.keys()]);
  });

  it("sends the request's trace context, beside what the caller sends", async () => {
    await (
      await post("/vllm/v1/chat/completions", { headers: { authorization: "Bearer x" } })
    ).text();
    const request = telemetry.spans().at(-1);
    expect(server.calls[0]?.headers).toMatchObject({
      authorization: "Bearer x",
      traceparent: `00-${request?.traceId}-${request?.id}-01`,
    });
    expect(server.calls[0]?.body).toBe(body);
  });

  it("leaves other calls alone", async () => {
    expect(await (await createTracedFetch()(`${server.url}/v1/models`)).json()).toEqual({});
    await expect(createTracedFetch()("not a url")).rejects.toThrow();
    expect(telemetry.spans()).toEqual([]);
  });

  it("cannot part an answer in one piece, and knows embeddings for a prefill", async () => {
    expect(await (await post("/whole/v1/chat/completions")).json()).toHaveProperty("choices");
    expect(await (await post("/v1/embeddings")).json()).toHaveProperty("data");
    await expect.poll(() => telemetry.phases().length).toBe(2);
    expect(told(telemetry.phases())).toEqual([
      ["mixed", 14, "client_response"],
      ["prefill", 8, "client_stream"],
    ]);
    expect(telemetry.spans()[1]?.attributes["gen_ai.response.finish_reasons"]).toEqual(["length"]);
  });

  it("makes no phase of a refusal", async () => {
    expect(await (await post("/busy/v1/chat/completions")).text()).toBe("slow down");
    expect(telemetry.spans()).toMatchObject([
      { name: "chat some/model", isError: true, attributes: { "error.type": "429" } },
    ]);
  });

  it("charges what failed half-way", async () => {
    await (await post("/failing/v1/chat/completions")).text();
    await expect((await post("/broken/v1/chat/completions")).text()).rejects.toThrow();
    const requests = telemetry.spans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(requests).toMatchObject([
      { isError: true, attributes: { "error.type": "engine_dead" } },
      { isError: true },
    ]);
    expect(told(telemetry.phases()).map((phase) => (phase as unknown[])[0])).toEqual([
      "prefill",
      "decode",
      "prefill",
      "decode",
    ]);
  });

  it("ends with an abort, which reaches the server", async () => {
    const abort = new AbortController();
    const response = await post("/vllm/v1/chat/completions", { signal: abort.signal });
    const reader = response.body?.getReader();
    for (let read = 0; read < 3; read++) await reader?.read();
    abort.abort();
    await expect(reader?.read()).rejects.toThrow();
    expect(telemetry.spans().at(-1)).toMatchObject({ attributes: { "error.type": "AbortError" } });
    await expect.poll(server.cutOff).toBe(1);
  });

  it("ends when the reader cancels, and the server learns of it", async () => {
    const reader = (await post("/vllm/v1/chat/completions")).body?.getReader();
    for (let read = 0; read < 3; read++) await reader?.read();
    await reader?.cancel();
    expect(telemetry.spans().at(-1)).toMatchObject({ name: "chat some/model", isError: false });
    await expect.poll(server.cutOff).toBe(1);
  });

  it("passes a failed connection on", async () => {
    await server.stop();
    await expect(post("/vllm/v1/chat/completions")).rejects.toThrow("fetch failed");
    expect(telemetry.spans().at(-1)).toMatchObject({ name: "chat some/model", isError: true });
  });
});

it("hands on the server's own answer without an SDK", async () => {
  const server = await startModelServer({ "/v1/chat/completions": shapes.vllm() });
  const answers: Response[] = [];
  const fetch = createTracedFetch({
    fetch: async (input, init) => {
      const answer = await globalThis.fetch(input, init);
      answers.push(answer);
      return answer;
    },
  });
  const answer = await fetch(`${server.url}/v1/chat/completions`, { method: "POST", body });
  expect(answer).toBe(answers[0]);
  await answer.text();
  await server.stop();
});
