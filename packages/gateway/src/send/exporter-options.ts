import { validateHeaderName, validateHeaderValue } from "node:http";
import type { Signal } from "../receive/accept.ts";
import { type BackendEndpoints, resolveEndpoints } from "./resolve-endpoints.ts";
import { defaultRetryPolicy, type RetryPolicy } from "./retry-policy.ts";
import type { QueueLimits } from "./send-queue.ts";
import type { ClientTls } from "./tls-options.ts";

/** How one backend is sent to; every part but the endpoint has a default. */
export interface ExporterSettings extends BackendEndpoints {
  /** Sent with every request, e.g. an API key; never logged. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For https URLs. */
  readonly tls?: ClientTls;
  /** For one attempt, ms; default 10,000. */
  readonly timeoutMs?: number;
  /** Default `gzip`. */
  readonly compression?: "gzip" | "none";
  readonly retry?: Partial<RetryPolicy>;
  /** Default 64 MiB and 10,000 requests, those on the wire included. */
  readonly queue?: Partial<QueueLimits>;
  /** A full queue loses what does not fit, counted, instead of asking all senders to come back. */
  readonly dropsWhenFull?: boolean;
  /** Requests on the wire at a time; default 4. */
  readonly concurrency?: number;
  /** The backend counts as down when it took nothing for so long, ms; default 10,000. */
  readonly downAfterMs?: number;
}

/** Settings with every default filled in. */
export interface ResolvedSettings {
  readonly urls: ReadonlyMap<Signal, URL>;
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: ClientTls;
  readonly timeoutMs: number;
  readonly compression: "gzip" | "none";
  readonly retry: RetryPolicy;
  readonly queue: QueueLimits;
  readonly dropsWhenFull: boolean;
  readonly concurrency: number;
  readonly downAfterMs: number;
}

/** Fills in the defaults; throws an Error that lists all problems. */
export function resolveSettings(backend: string, settings: ExporterSettings): ResolvedSettings {
  const { urls, problems } = resolveEndpoints(settings);
  const resolved: ResolvedSettings = {
    urls,
    headers: settings.headers ?? {},
    tls: settings.tls ?? {},
    timeoutMs: settings.timeoutMs ?? 10_000,
    compression: settings.compression ?? "gzip",
    retry: { ...defaultRetryPolicy, ...settings.retry },
    queue: { maxBytes: 64 * 1024 * 1024, maxItems: 10_000, ...settings.queue },
    dropsWhenFull: settings.dropsWhenFull ?? false,
    concurrency: settings.concurrency ?? 4,
    downAfterMs: settings.downAfterMs ?? 10_000,
  };
  const all = [...problems, ...headerProblems(resolved.headers), ...numberProblems(resolved)];
  if (all.length > 0) throw new Error(`backend ${backend}: ${all.join("; ")}`);
  return resolved;
}

function headerProblems(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
      return [];
    } catch {
      return [`not a header: ${JSON.stringify(name)}`];
    }
  });
}

function numberProblems(settings: ResolvedSettings): string[] {
  const { timeoutMs, concurrency, queue, retry } = settings;
  const positive = { timeoutMs, concurrency, ...queue, initialDelayMs: retry.initialDelayMs };
  return Object.entries(positive)
    .filter(([, value]) => !(value > 0))
    .map(([name, value]) => `${name} must be above 0, not ${value}`);
}
