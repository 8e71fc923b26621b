import { validateHeaderName, validateHeaderValue } from "node:http";
import { z } from "zod";
import { byteSize } from "./byte-size.ts";
import { durationMs, positiveDurationMs } from "./duration.ts";
import { type ClientAuthConfig, type ClientTlsConfig, clientAuth, clientTls } from "./transport.ts";

/** One backend and how it is sent to. */
export interface ExporterConfig {
  /** `/v1/<signal>` is appended to its path. */
  readonly endpoint?: string;
  /** Used as they are, instead of `endpoint`. */
  readonly tracesEndpoint?: string;
  readonly metricsEndpoint?: string;
  readonly logsEndpoint?: string;
  /** Absent: all that have an endpoint. */
  readonly signals?: readonly ("traces" | "metrics" | "logs")[];
  readonly headers: Readonly<Record<string, string>>;
  readonly auth?: ClientAuthConfig;
  readonly tls?: ClientTlsConfig;
  readonly compression: "gzip" | "none";
  readonly timeoutMs: number;
  readonly retry: {
    readonly initialDelayMs: number;
    readonly maxDelayMs: number;
    readonly maxElapsedMs: number;
  };
  readonly queue: { readonly maxBytes: number; readonly maxItems: number };
  /** A full queue loses what does not fit, instead of asking all senders to come back. */
  readonly dropsWhenFull: boolean;
  /** Requests on the wire at a time. */
  readonly concurrency: number;
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
    signals: z
      .array(z.enum(["traces", "metrics", "logs"]))
      .min(1)
      .exactOptional(),
    headers: headers.default({}),
    auth: clientAuth.exactOptional(),
    tls: clientTls.exactOptional(),
    compression: z.enum(["gzip", "none"]).default("gzip"),
    timeout: positiveDurationMs.prefault("10s"),
    retry: z
      .strictObject({
        initial_interval: positiveDurationMs.prefault("5s"),
        max_interval: positiveDurationMs.prefault("30s"),
        max_elapsed_time: durationMs.prefault("5m"),
      })
      .prefault({}),
    queue: z
      .strictObject({
        max_size: byteSize.prefault("64MiB"),
        max_requests: z.int().positive().default(10_000),
        when_full: z.enum(["refuse", "drop"]).default("refuse"),
      })
      .prefault({}),
    concurrency: z.int().positive().default(4),
  })
  .transform((given) => ({
    ...(given.endpoint === undefined ? {} : { endpoint: given.endpoint }),
    ...(given.traces_endpoint === undefined ? {} : { tracesEndpoint: given.traces_endpoint }),
    ...(given.metrics_endpoint === undefined ? {} : { metricsEndpoint: given.metrics_endpoint }),
    ...(given.logs_endpoint === undefined ? {} : { logsEndpoint: given.logs_endpoint }),
    ...(given.signals === undefined ? {} : { signals: given.signals }),
    headers: given.headers,
    ...(given.auth === undefined ? {} : { auth: given.auth }),
    ...(given.tls === undefined ? {} : { tls: given.tls }),
    compression: given.compression,
    timeoutMs: given.timeout,
    retry: {
      initialDelayMs: given.retry.initial_interval,
      maxDelayMs: given.retry.max_interval,
      // As in the Collector.
      maxElapsedMs: given.retry.max_elapsed_time === 0 ? Infinity : given.retry.max_elapsed_time,
    },
    queue: { maxBytes: given.queue.max_size, maxItems: given.queue.max_requests },
    dropsWhenFull: given.queue.when_full === "drop",
    concurrency: given.concurrency,
  }));

/** Section `exporters`. */
export const exportersConfig: z.ZodType<ExportersConfig> = z
  .record(z.string().min(1), exporter)
  .default({});

/** What an exporter is without any setting. */
export const defaultExporter: ExporterConfig = exporter.parse({});

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
