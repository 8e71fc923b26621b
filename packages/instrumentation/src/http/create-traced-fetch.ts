import { context, propagation } from "@opentelemetry/api";
import { ATTR_SERVER_ADDRESS, ATTR_SERVER_PORT } from "@wattspan/semconv";
import { followChunks } from "../follow-chunks.ts";
import { hasSdk } from "../has-sdk.ts";
import type { Inference, InferenceOptions } from "../inference.ts";
import { safely } from "../safely.ts";
import { startInference } from "../start-inference.ts";
import { tapReadable } from "../tap-readable.ts";
import { readLines } from "./read-lines.ts";
import { type ModelCall, readRequest } from "./read-request.ts";

/** Options of `createTracedFetch`. */
export interface TracedFetchOptions
  extends Pick<InferenceOptions, "provider" | "devices" | "attributes" | "tracerProvider"> {
  /** The `fetch` to call; default the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/**
 * A `fetch` that traces calls to OpenAI-compatible servers, llama.cpp and Ollama as their caller sees them, and sends
 * W3C trace context along, so that an engine's own spans join the trace. Request and answer pass unchanged.
 */
export function createTracedFetch(options: TracedFetchOptions = {}): typeof globalThis.fetch {
  return async (input, init) => {
    const call = safely(() =>
      hasSdk(options.tracerProvider)
        ? readRequest(urlOf(input), methodOf(input, init), init?.body)
        : undefined,
    );
    const { fetch = globalThis.fetch } = options;
    if (call === undefined) return fetch(input, withContext(input, init, context.active()));
    const inference = startInference({ ...options, ...optionsOf(call) });
    inference.prefill();
    let response: Response;
    try {
      const traced = withContext(input, init, inference.context);
      response = await context.with(inference.context, () => fetch(input, traced));
    } catch (error) {
      inference.fail(error);
      throw error;
    }
    return safely(() => follow(response, inference)) ?? response;
  };
}

function follow(response: Response, inference: Inference): Response {
  if (!response.ok) {
    const error = new Error(`HTTP ${response.status}`);
    // A refusal computed nothing.
    inference.fail(Object.assign(error, { code: String(response.status) }), { inputTokens: 0 });
    return response;
  }
  if (!inference.isRecording || response.body === null) {
    inference.end();
    return response;
  }
  const follower = followChunks(inference);
  if (!/event-stream|ndjson/.test(response.headers.get("content-type") ?? "")) {
    // An answer in one piece has no first token; that it carries output says nothing about when.
    response
      .clone()
      .json()
      .then((answer) => followAnswer(inference, answer))
      .catch((error: unknown) => inference.fail(error));
    return response;
  }
  const lines = readLines(follower.chunk);
  const body = tapReadable(response.body, {
    chunk: lines.push,
    end() {
      lines.finish();
      follower.end();
    },
    fail: follower.fail,
  });
  return likeness(response, body);
}

function followAnswer(inference: Inference, answer: unknown): void {
  const follower = followChunks({ ...inference, output: () => inference, token: () => inference });
  follower.chunk(answer);
  follower.end();
}

function likeness(response: Response, body: ReadableStream): Response {
  const { status, statusText, headers } = response;
  const wrapped = new Response(body, { status, statusText, headers });
  for (const key of ["url", "redirected", "type"] as const) {
    Object.defineProperty(wrapped, key, { value: response[key] });
  }
  return wrapped;
}

function optionsOf({ url, ...call }: ModelCall): InferenceOptions {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const serverAttributes = { [ATTR_SERVER_ADDRESS]: url.hostname, [ATTR_SERVER_PORT]: port };
  return { ...call, side: "client", serverAttributes };
}

/** The same `init` with the trace context of `active` among its headers; untouched where nothing is propagated. */
function withContext(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit | undefined,
  active: Inference["context"],
): RequestInit | undefined {
  const carrier: Record<string, string> = {};
  safely(() => propagation.inject(active, carrier));
  if (Object.keys(carrier).length === 0) return init;
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  for (const [key, value] of Object.entries(carrier)) headers.set(key, value);
  return { ...init, headers };
}

function urlOf(input: Parameters<typeof globalThis.fetch>[0]): URL {
  return new URL(input instanceof Request ? input.url : input);
}

function methodOf(
  input: Parameters<typeof globalThis.fetch>[0],
  init: RequestInit | undefined,
): string {
  return init?.method ?? (input instanceof Request ? input.method : "GET");
}
