/** What an endpoint is asked with. */
export interface FetchTextOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** For the whole answer, ms. */
  readonly timeoutMs: number;
  readonly fetch?: typeof globalThis.fetch;
}

const MAX_BYTES = 64 * 1024 * 1024;

/** The body of a page, or why there is none; bodies above 64 MiB are not read. Never throws. */
export async function fetchText(
  url: string,
  { headers, timeoutMs, fetch = globalThis.fetch }: FetchTextOptions,
): Promise<{ readonly text: string } | { readonly failure: string }> {
  try {
    const response = await fetch(url, {
      ...(headers === undefined ? {} : { headers }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBody(response);
    if (text === undefined) return { failure: "its answer is larger than 64 MiB" };
    if (response.ok) return { text };
    return { failure: `it answers ${response.status} ${text.slice(0, 200)}`.trim() };
  } catch (error) {
    return { failure: reasonOf(error, timeoutMs) };
  }
}

async function readBody(response: Response): Promise<string | undefined> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The innermost cause that says something; `fetch failed` says nothing. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const { cause } = error;
  if (cause instanceof Error) {
    const { code } = cause as { code?: unknown };
    return cause.message || String(code ?? error.message);
  }
  return error.message;
}
