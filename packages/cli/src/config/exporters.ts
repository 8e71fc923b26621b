import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";
import { byteSize } from "./byte-size.ts";
import { positiveDurationMs } from "./duration.ts";

/** One backend and how it is sent to. */
export interface ExporterConfig {
  /** `/v1/<signal>` is appended to its path. */
  readonly endpoint?: string;
  /** Used as they are, instead of `endpoint`. */
  readonly tracesEndpoint?: string;
  readonly metricsEndpoint?: string;
  readonly logsEndpoint?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  readonly queue: { readonly maxBytes: number };
}

/** Backends by name. */
export type ExportersConfig = Readonly<Record<string, ExporterConfig>>;

/** An http or https URL. */
export const url: z.ZodType<string, string> = z.string().refine(isHttpUrl, {
  error: ({ input }) => `not an http or https URL: ${JSON.stringify(input)}`,
});

/** HTTP headers by name. */
export const headers: z.ZodType<Readonly<Record<string, string>>> = z
  .record(z.string(), z.string())
  .superRefine((given, context) => {
    for (const [name, value] of Object.entries(given)) {
      // The value may be a secret and is not repeated.
      if (!isHeader(name, value)) {
        context.addIssue({ code: "custom", message: "not a valid HTTP header", path: [name] });
      }
    }
  });

const exporter = z
  .strictObject({
    endpoint: url.exactOptional(),
    traces_endpoint: url.exactOptional(),
    metrics_endpoint: url.exactOptional(),
    logs_endpoint: url.exactOptional(),
    headers: headers.default({}),
    compression: z.enum(["gzip", "none"]).default("gzip"),
    timeout: positiveDurationMs.prefault("10s"),
    queue: z.strictObject({ max_size: byteSize.prefault("64MiB") }).prefault({}),
  })
  .transform((given) => ({
    ...(given.endpoint === undefined ? {} : { endpoint: given.endpoint }),
    ...(given.traces_endpoint === undefined ? {} : { tracesEndpoint: given.traces_endpoint }),
    ...(given.metrics_endpoint === undefined ? {} : { metricsEndpoint: given.metrics_endpoint }),
    ...(given.logs_endpoint === undefined ? {} : { logsEndpoint: given.logs_endpoint }),
    headers: given.headers,
    compression: given.compression,
    timeoutMs: given.timeout,
    queue: { maxBytes: given.queue.max_size },
  }));

/** Section `exporters`. */
export const exportersConfig: z.ZodType<ExportersConfig> = z
  .record(z.string().min(1), exporter)
  .default({});

/** Whether a text is an absolute http or https URL. */
export function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** Whether HTTP takes this header. */
export function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
}
