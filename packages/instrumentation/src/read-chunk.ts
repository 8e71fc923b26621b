import { countOf, type TokenCounts } from "./count-tokens.ts";
import type { ServerTimings } from "./plan-windows.ts";
import { readTimings } from "./read-timings.ts";
import { type Loose, looseOf, readUsage } from "./read-usage.ts";

/** What one chunk of an answer tells; all of it optional. */
export interface ChunkReading {
  /** The chunk carries output of the model. */
  readonly hasOutput?: boolean;
  /** Tokens in this chunk, only where exactly known. */
  readonly tokens?: number | undefined;
  /** Running totals; the last ones told stand. */
  readonly counts?: TokenCounts | undefined;
  readonly timings?: ServerTimings | undefined;
  readonly finishReason?: string | undefined;
  readonly responseModel?: string | undefined;
  readonly responseId?: string | undefined;
  /** The stream itself says that the request failed. */
  readonly error?: unknown;
}

/**
 * Reads a chunk, or a whole answer, of any shape it knows: text, token ids, OpenAI's chat, completions and responses,
 * llama.cpp's and Ollama's own APIs, parts of the AI SDK. An unknown shape tells nothing.
 */
export function readChunk(chunk: unknown): ChunkReading {
  if (typeof chunk === "string") return { hasOutput: chunk !== "" };
  if (typeof chunk === "number") return { hasOutput: true, tokens: 1 };
  if (isTokenList(chunk)) return { hasOutput: chunk.length > 0, tokens: chunk.length };
  const answer = looseOf(chunk);
  if (answer === undefined) return {};
  // The responses API wraps its last word, the AI SDK names model and id its own way.
  const whole = looseOf(answer["response"]) ?? answer;
  const choices = choicesOf(answer);
  const told = readTimings(answer);
  const tokens = tokensIn(answer, choices);
  return {
    hasOutput: tokens !== undefined ? tokens > 0 : hasOutput(answer, choices),
    tokens,
    counts: readUsage(whole["usage"]) ?? told?.counts,
    timings: told?.timings,
    finishReason: finishReasonOf(answer, choices),
    responseModel: textOf(whole["model"] ?? whole["modelId"]),
    responseId: textOf(whole["id"]),
    error: errorIn(answer),
  };
}

/** Fields in which the various servers put what the model said, thought or called. */
const outputKeys = [
  "content",
  "reasoning_content",
  "reasoning",
  "thinking",
  "refusal",
  "tool_calls",
  "function_call",
  "text",
  "response",
];

function hasOutput(answer: Loose, choices: readonly Loose[]): boolean {
  const type = textOf(answer["type"]);
  if (type !== undefined) return hasTypedOutput(answer, type);
  const bearers = [...choices, answer].flatMap((bearer) => [
    bearer,
    looseOf(bearer["delta"]),
    looseOf(bearer["message"]),
  ]);
  return bearers.some((bearer) => outputKeys.some((key) => isFilled(bearer?.[key])));
}

/** Parts of the AI SDK (`text-delta`) and events of the responses API (`response.output_text.delta`). */
function hasTypedOutput(answer: Loose, type: string): boolean {
  if (type === "tool-call") return true;
  return /[-.]delta$/.test(type) && isFilled(answer["delta"] ?? answer["text"]);
}

function isFilled(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  if (Array.isArray(value)) return value.length > 0;
  return false;
}

/** Exact where token ids or log probabilities come along, one of each a token. */
function tokensIn(answer: Loose, choices: readonly Loose[]): number | undefined {
  if (typeof answer["token"] === "number") return 1;
  const counts = choices
    .map((choice) => choice["token_ids"] ?? looseOf(choice["logprobs"])?.["content"])
    .filter((list): list is readonly unknown[] => Array.isArray(list) && list.length > 0);
  if (counts.length === 0 || counts.length < choices.length) return undefined;
  return counts.reduce((sum, list) => sum + list.length, 0);
}

function finishReasonOf(answer: Loose, choices: readonly Loose[]): string | undefined {
  const reason = answer["finishReason"] ?? answer["done_reason"] ?? answer["stop_type"];
  const told = choices.map((choice) => textOf(choice["finish_reason"])).find((text) => text);
  return (
    told ??
    textOf(reason) ??
    textOf(looseOf(reason)?.["unified"]) ??
    textOf(looseOf(answer["response"])?.["status"])
  );
}

function errorIn(answer: Loose): unknown {
  const error = answer["error"];
  if (answer["type"] === "error") return error ?? answer["message"] ?? "error";
  return error === null ? undefined : error;
}

function choicesOf(answer: Loose): readonly Loose[] {
  const choices: unknown = answer["choices"];
  if (!Array.isArray(choices)) return [];
  return choices.map(looseOf).filter((choice) => choice !== undefined);
}

function isTokenList(chunk: unknown): chunk is readonly number[] {
  return Array.isArray(chunk) && chunk.every((token) => countOf(token) !== undefined);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
