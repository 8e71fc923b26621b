import { createTracedFetch, type TracedFetchOptions } from "../http/create-traced-fetch.ts";

/** What is needed of a client of the `openai` package (5 and later, Azure's too). */
export interface OpenAIClient {
  withOptions(options: { fetch: typeof globalThis.fetch; apiVersion?: string }): this;
}

/** Fields that such a client has but does not declare for all to see. */
interface Hidden {
  readonly fetch?: typeof globalThis.fetch;
  readonly apiVersion?: string;
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
  const { fetch: own, apiVersion } = client as Hidden;
  return client.withOptions({
    fetch: createTracedFetch({ fetch: own, ...options }),
    // Azure's client forgets it when copied (openai 6.48).
    ...(apiVersion === undefined ? {} : { apiVersion }),
  });
}
