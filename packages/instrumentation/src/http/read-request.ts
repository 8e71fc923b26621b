import { looseOf } from "../read-usage.ts";

/** What an HTTP call to a model server asks for. */
export interface ModelCall {
  /** `gen_ai.operation.name`. */
  readonly operation: string;
  readonly model: string | undefined;
  readonly isStreamed: boolean;
  readonly url: URL;
}

/** Last parts of the paths of OpenAI's, llama.cpp's and Ollama's APIs, and the operation behind each. */
const operations: readonly (readonly [path: RegExp, operation: string])[] = [
  [/\/(chat\/completions|responses|api\/chat)$/, "chat"],
  [/\/(completions?|api\/generate)$/, "text_completion"],
  [/\/(embeddings?|api\/embed|api\/embeddings)$/, "embeddings"],
];

/** Ollama's own API streams unless told not to. */
const streamsByDefault = /\/api\/(chat|generate)$/;

/** Reads the request of a `fetch`; undefined where it is not one to a model. `body` is read where it is text. */
export function readRequest(url: URL, method: string, body: unknown): ModelCall | undefined {
  if (method.toUpperCase() !== "POST") return undefined;
  const path = url.pathname.replace(/\/+$/, "");
  const operation = operations.find(([pattern]) => pattern.test(path))?.[1];
  if (operation === undefined) return undefined;
  const asked = bodyOf(body);
  const model = asked?.["model"];
  const stream = asked?.["stream"];
  return {
    operation,
    model: typeof model === "string" && model !== "" ? model : undefined,
    isStreamed: typeof stream === "boolean" ? stream : streamsByDefault.test(path),
    url,
  };
}

function bodyOf(body: unknown): ReturnType<typeof looseOf> {
  try {
    if (typeof body === "string") return looseOf(JSON.parse(body));
    if (body instanceof Uint8Array) return looseOf(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    // Not JSON: the server will say so; the model stays unknown.
  }
  return undefined;
}
