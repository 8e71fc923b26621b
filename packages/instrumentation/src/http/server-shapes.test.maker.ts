import type { Answer } from "./model-server.test.fixture.ts";

const event = (object: unknown): string => `data: ${JSON.stringify(object)}\n\n`;
const done = "data: [DONE]\n\n";

/** `chat.completion.chunk`s of a text, one word each, the first with the role alone, the last with the reason. */
const chat = (id: string, model: string, words: readonly string[]): object[] => {
  const chunk = (delta: object, finish_reason: string | null): object => ({
    id,
    object: "chat.completion.chunk",
    created: 1795504803,
    model,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  return [
    chunk({ role: "assistant", content: "" }, null),
    ...words.map((content) => chunk({ content }, null)),
    chunk({ content: "" }, "stop"),
  ];
};

const words = ["Joules", " are", " not", " watts", "."];

/**
 * vLLM 0.32: usage comes in a chunk of its own without choices where `include_usage` is asked for; this usage is that of
 * a recorded run of 0.32.0 on a CPU. `cached` adds what `--enable-prompt-tokens-details` adds.
 */
export const vllm = (cached?: number): Answer => {
  const usage = {
    prompt_tokens: 68,
    total_tokens: 92,
    completion_tokens: 24,
    ...(cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
  };
  const end = { id: "chatcmpl-client-000", object: "chat.completion.chunk", choices: [], usage };
  return {
    pieces: [...chat("chatcmpl-client-000", "some/model", words), end].map(event).concat(done),
  };
};

/** The same where nobody asked for usage. */
export const withoutUsage: Answer = {
  pieces: chat("chatcmpl-1", "some/model", words).map(event).concat(done),
};

/**
 * Dynamo 1.6.1: every chunk has `nvext.worker_id`, the last `nvext.timing` too (`extra_fields: ["worker_id", "timing"]`);
 * keys and usage are those of a recorded run with mocker workers, times are shortened to fit this server's.
 */
export const dynamo: Answer = {
  pieces: [
    ": keep-alive\n\n",
    ...chat("chatcmpl-f3ca5c18", "some/model", words).map((chunk) =>
      event({ ...chunk, nvext: { worker_id: { prefill_worker_id: 1, decode_worker_id: 2 } } }),
    ),
    event({
      id: "chatcmpl-f3ca5c18",
      choices: [],
      usage: {
        prompt_tokens: 188,
        completion_tokens: 32,
        total_tokens: 220,
        prompt_tokens_details: { cached_tokens: 16 },
      },
      nvext: {
        worker_id: { prefill_worker_id: 1, decode_worker_id: 2 },
        timing: {
          request_received_ms: 1795505743279,
          prefill_wait_time_ms: 1,
          prefill_time_ms: 3,
          ttft_ms: 4,
          total_time_ms: 24,
          kv_hit_rate: 0.08,
          router_queue_depth: 0,
          kv_transfer_estimated_latency_ms: 2,
        },
      },
    }),
    done,
  ],
};

/** llama.cpp's server (b6881 and later): usage and `timings` in the chunk that ends the answer. */
export const llamaCpp: Answer = {
  pieces: [
    ...chat("chatcmpl-yPk7z9nC", "gpt-oss:20b", words).slice(0, -1).map(event),
    event({
      choices: [{ finish_reason: "stop", index: 0, delta: {} }],
      created: 1754524122,
      id: "chatcmpl-yPk7z9nC",
      model: "gpt-oss:20b",
      object: "chat.completion.chunk",
      timings: {
        cache_n: 40,
        prompt_n: 60,
        prompt_ms: 5,
        prompt_per_token_ms: 0.083,
        predicted_n: 12,
        predicted_ms: 20,
        predicted_per_token_ms: 1.67,
      },
    }),
    done,
  ],
};

/** Ollama's own `/api/chat`: JSON lines, the last with counts and durations in ns (docs.ollama.com/api/usage). */
export const ollama: Answer = {
  type: "application/x-ndjson",
  pieces: [
    ...words.map((content) => ({
      model: "gemma3",
      created_at: "2025-10-17T23:14:07.4Z",
      message: { role: "assistant", content },
      done: false,
    })),
    {
      model: "gemma3",
      created_at: "2025-10-17T23:14:07.41Z",
      message: { role: "assistant", content: "" },
      done: true,
      done_reason: "stop",
      total_duration: 30_000_000,
      load_duration: 1_000_000,
      prompt_eval_count: 11,
      prompt_eval_duration: 4_000_000,
      eval_count: 18,
      eval_duration: 22_000_000,
    },
  ].map((line) => `${JSON.stringify(line)}\n`),
};

/** An answer in one piece, as every OpenAI-compatible server gives it. */
export const whole: Answer = {
  type: "application/json",
  pieces: [
    JSON.stringify({
      id: "chatcmpl-whole",
      object: "chat.completion",
      created: 1795504803,
      model: "some/model",
      choices: [
        { index: 0, message: { role: "assistant", content: "Joules." }, finish_reason: "length" },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
    }),
  ],
};

/** Embeddings: a prompt and no output. */
export const embeddings: Answer = {
  type: "application/json",
  pieces: [
    JSON.stringify({
      object: "list",
      model: "some/embedder",
      data: [{ object: "embedding", index: 0, embedding: [0.25, -0.5] }],
      usage: { prompt_tokens: 8, total_tokens: 8 },
    }),
  ],
};

/** SGLang and vLLM tell a failure inside the stream. */
export const failing: Answer = {
  pieces: [
    ...chat("chatcmpl-2", "some/model", words).slice(0, 3).map(event),
    event({ error: { message: "engine died", type: "server_error", code: "engine_dead" } }),
  ],
};

/** The connection breaks in the middle. */
export const broken: Answer = {
  pieces: [...chat("chatcmpl-3", "some/model", words).slice(0, 3).map(event), undefined],
};
