import { type Signal, signals } from "../receive/accept.ts";

/** Where a backend takes OTLP/HTTP: a base URL, or a URL for each signal, which then is used as it is. */
export interface BackendEndpoints {
  /** `/v1/<signal>` is appended to its path. */
  readonly endpoint?: string;
  readonly tracesEndpoint?: string;
  readonly metricsEndpoint?: string;
  readonly logsEndpoint?: string;
  /** The signals to send; default: all that have an endpoint. */
  readonly signals?: readonly Signal[];
}

/** The URL of each signal sent; `problems` lists what is wrong, in the order of the signals. */
export function resolveEndpoints(options: BackendEndpoints): {
  readonly urls: ReadonlyMap<Signal, URL>;
  readonly problems: readonly string[];
} {
  const urls = new Map<Signal, URL>();
  const problems = new Set<string>();
  for (const signal of options.signals ?? signals) {
    const own = options[`${signal}Endpoint`];
    const text = own ?? options.endpoint;
    const url = parseHttpUrl(text);
    if (url) urls.set(signal, own === undefined ? withSignalPath(url, signal) : url);
    else if (text !== undefined) problems.add(`not an http or https URL: ${JSON.stringify(text)}`);
    else if (options.signals) problems.add(`no endpoint for ${signal}`);
  }
  if (urls.size === 0 && problems.size === 0) problems.add("no endpoint");
  return { urls, problems: [...problems] };
}

function parseHttpUrl(text: string | undefined): URL | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
}

function withSignalPath(url: URL, signal: Signal): URL {
  const result = new URL(url);
  result.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${signal}`;
  return result;
}
