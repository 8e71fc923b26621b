import { describe, expect, it } from "vitest";
import { readChunk } from "./read-chunk.ts";

describe("readChunk", () => {
  it.each([
    {
      shape: "role of a chat",
      chunk: { choices: [{ delta: { role: "assistant", content: "" } }] },
    },
    { shape: "usage alone", chunk: { choices: [], usage: { prompt_tokens: 1 } } },
    { shape: "keep-alive of Dynamo", chunk: { nvext: { worker_id: {} } } },
    { shape: "start of the AI SDK", chunk: { type: "stream-start", warnings: [] } },
    { shape: "empty text", chunk: "" },
    { shape: "nothing known", chunk: Symbol("odd") },
    { shape: "null", chunk: null },
  ])("finds no output in $shape", ({ chunk }) => {
    expect(readChunk(chunk).hasOutput ?? false).toBe(false);
  });

  it.each([
    { shape: "chat", chunk: { choices: [{ delta: { content: "a" } }] } },
    { shape: "reasoning", chunk: { choices: [{ delta: { reasoning_content: "a" } }] } },
    { shape: "tool call", chunk: { choices: [{ delta: { tool_calls: [{ index: 0 }] } }] } },
    { shape: "completion", chunk: { choices: [{ text: "a" }] } },
    { shape: "responses", chunk: { type: "response.output_text.delta", delta: "a" } },
    { shape: "llama.cpp", chunk: { content: "a", stop: false } },
    {
      shape: "Ollama's chat",
      chunk: { message: { role: "assistant", content: "a" }, done: false },
    },
    { shape: "Ollama's generate", chunk: { response: "a", done: false } },
    { shape: "AI SDK", chunk: { type: "text-delta", id: "0", delta: "a" } },
  ])("finds output of unknown length in $shape", ({ chunk }) => {
    expect(readChunk(chunk)).toMatchObject({ hasOutput: true, tokens: undefined });
  });

  it("counts tokens where ids or log probabilities come along", () => {
    const logprobs = { content: [{ token: "a" }, { token: "b" }] };
    expect(readChunk({ choices: [{ delta: { content: "ab" }, logprobs }] }).tokens).toBe(2);
    expect(readChunk({ choices: [{ delta: { content: "x" }, token_ids: [1] }] }).tokens).toBe(1);
    expect(readChunk({ token: 17 }).tokens).toBe(1);
  });

  it("reads the last word of the responses API", () => {
    const usage = { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 3 };
    const response = { id: "resp_1", model: "m", status: "completed", usage };
    expect(readChunk({ type: "response.completed", response })).toMatchObject({
      hasOutput: false,
      counts: { inputTokens: 9, cachedTokens: 4, outputTokens: 3 },
      finishReason: "completed",
      responseModel: "m",
      responseId: "resp_1",
    });
  });

  it("sees an error that the stream tells", () => {
    expect(readChunk({ error: { message: "overloaded" } }).error).toEqual({
      message: "overloaded",
    });
    expect(readChunk({ type: "error", error: "lost" }).error).toBe("lost");
    expect(readChunk({ error: null, choices: [] }).error).toBeUndefined();
  });
});
