import { createTracedFetch, type TracedFetchOptions } from "../http/create-traced-fetch.ts";

/** What is needed of a client of the `openai` package (5 and later, Azure's too). */
export interface OpenAIClient {
  withOptions(options: { fetch: typeof globalThis.fetch }): this;
}

/**
 * A copy of the client whose calls are traced: chat, completions, responses and embeddings, streamed or not. It keeps
 * the client's options, its own `fetch` included. Give `stream_options: { include_usage: true }` with streams, or the
 * tokens stay unknown.
 */
export function traceOpenAI<Client extends OpenAIClient>(
  client: Client,
  options: TracedFetchOptions = {},
): Client {
  const own = (client as { readonly fetch?: unknown }).fetch;
  const fetch =
    options.fetch ?? (typeof own === "function" ? (own as typeof globalThis.fetch) : undefined);
  return client.withOptions({ fetch: createTracedFetch({ ...options, fetch }) });
}
