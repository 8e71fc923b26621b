import { setTimeout as pause } from "node:timers/promises";

/** Answer to a request; `retryable` after all attempts failed in a way that may pass. */
export type HttpAnswer =
  | { readonly status: "success"; readonly text: string }
  | { readonly status: "retryable"; readonly error: string; readonly retryAfterMs?: number }
  | { readonly status: "failed"; readonly error: string; readonly httpStatus?: number };

/** Fetches texts; never throws. */
export interface HttpClient {
  /** One request runs for all who ask for the same URL with the same headers at the same time. */
  get(url: URL, headers?: Readonly<Record<string, string>>): Promise<HttpAnswer>;
}

/** Options of `createHttpClient`; all have defaults. */
export interface HttpClientOptions {
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
  /** From 0 to 1. */
  readonly random?: () => number;
  /** Attempts at one request. Default: 3. */
  readonly attempts?: number;
  /** First pause, doubled for each further one. Default: 500. */
  readonly firstPauseMs?: number;
  /** A server that asks for a longer pause is left alone. Default: 5000. */
  readonly longestPauseMs?: number;
  /** For one attempt. Default: 15,000. */
  readonly timeoutMs?: number;
  /** Texts that may not show up in an error, e.g. keys. */
  readonly secrets?: readonly string[];
  /** Ends what runs. */
  readonly signal?: AbortSignal;
}

const USER_AGENT = "wattspan (energy and carbon per LLM query)";
const RETRYABLE = new Set([408, 429, 500, 502, 503, 504]);
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const MAX_ERROR_CHARS = 200;

/** Creates a client that retries with jitter, honours Retry-After and keeps queries and keys out of its errors. */
export function createHttpClient(options: HttpClientOptions = {}): HttpClient {
  const { random = Math.random, attempts = 3, signal } = options;
  const { firstPauseMs = 500, longestPauseMs = 5000 } = options;
  const inFlight = new Map<string, Promise<HttpAnswer>>();

  async function getPatiently(
    url: URL,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await attemptGet(url, headers, options);
      if (answer.status !== "retryable" || attempt >= attempts) return answer;
      const jittered = firstPauseMs * 2 ** (attempt - 1) * (0.5 + random() / 2);
      const pauseMs = Math.max(jittered, answer.retryAfterMs ?? 0);
      if (pauseMs > longestPauseMs || !(await paused(pauseMs, signal))) return answer;
    }
  }

  return {
    get(url, headers = {}) {
      const key = JSON.stringify([url.href, headers]);
      const running = inFlight.get(key);
      if (running !== undefined) return running;
      const answer = getPatiently(url, headers).finally(() => inFlight.delete(key));
      inFlight.set(key, answer);
      return answer;
    },
  };
}

/** Whether the pause passed without being cut off. */
function paused(ms: number, signal: AbortSignal | undefined): Promise<boolean> {
  return pause(ms, true, signal === undefined ? {} : { signal }).catch(() => false);
}

async function attemptGet(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: HttpClientOptions,
): Promise<HttpAnswer> {
  const { fetch = globalThis.fetch, now = Date.now, timeoutMs = 15_000, secrets = [] } = options;
  const { signal } = options;
  const say = (text: string): string => `${url.host}${url.pathname}: ${redact(text, secrets)}`;
  try {
    const timeout = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, {
      headers: { "user-agent": USER_AGENT, ...headers },
      // A redirect would take the key elsewhere.
      redirect: "error",
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    });
    const text = await readText(response);
    if (response.ok) return { status: "success", text };
    const error = say(`HTTP ${response.status}: ${messageOf(text)}`);
    if (!RETRYABLE.has(response.status)) {
      return { status: "failed", error, httpStatus: response.status };
    }
    const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), now());
    return { status: "retryable", error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  } catch (error) {
    if (error instanceof RangeError) return { status: "failed", error: say(error.message) };
    const { message, cause } = error as Error;
    const because = cause instanceof Error ? ` (${cause.message})` : "";
    return { status: "retryable", error: say(`${message}${because}`) };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BODY_BYTES) throw new RangeError("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Milliseconds of a Retry-After header: seconds or a date. */
function readRetryAfter(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** What the server says, in one line. */
function messageOf(text: string): string {
  let said = text;
  try {
    const { error, message } = JSON.parse(text) as { error?: unknown; message?: unknown };
    said = String(message ?? error ?? text);
  } catch {
    // Not JSON: as it is.
  }
  return said
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, MAX_ERROR_CHARS);
}

function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (clean, secret) => (secret === "" ? clean : clean.replaceAll(secret, "***")),
    text,
  );
}
