import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Signal } from "./receive/accept.ts";

/** How a request ended: the label `outcome`. */
export type RequestOutcome =
  | "accepted"
  | "partial"
  | "malformed"
  | "too_large"
  | "busy"
  | "unsupported"
  | "timeout"
  | "unauthorized"
  | "aborted"
  | "failed";

/** Why something was lost: the label `reason`. */
export type DropReason =
  | "backend_refused"
  | "backend_refused_partly"
  | "retries_exhausted"
  | "no_endpoint"
  | "failed"
  | "shutdown"
  | "queue_full"
  | "malformed"
  | "repeated";

/** A counter whose labels the compiler checks. */
interface Count<L extends object> {
  /** Adds `amount`, 1 if absent; never negative. */
  add(labels: L, amount?: number): void;
}

/** What the gateway counts about itself; every loss appears in one of the two `dropped` counters. */
export interface Telemetry {
  /** For counters of other stages; rendered with ours. */
  readonly registry: Registry;
  readonly requests: Count<{
    signal: Signal | "none";
    transport: "http" | "grpc";
    outcome: RequestOutcome;
  }>;
  /** Bytes of bodies after decompression. */
  readonly receivedBytes: Count<{ signal: Signal; transport: "http" | "grpc" }>;
  readonly refusedConnections: Count<{ transport: "http" | "grpc" | "admin" }>;
  /** Spans, metric points and log records. */
  readonly receivedItems: Count<{ signal: Signal }>;
  readonly forwardedItems: Count<{ signal: Signal; backend: string }>;
  readonly droppedItems: Count<{ signal: Signal; reason: DropReason; backend?: string }>;
  readonly forwardedRequests: Count<{ signal: Signal; backend: string }>;
  readonly droppedRequests: Count<{ signal: Signal; reason: DropReason; backend?: string }>;
  readonly restatements: Count<{ reason: string }>;
  /** Points of meters that no figure comes of; they are passed on all the same. */
  readonly unreadPoints: Count<{ reason: string }>;
  readonly retries: Count<{ signal: Signal; backend: string; reason: string }>;
  /** Registers the queue of `backend`, read whenever metrics are rendered. */
  observeQueue(backend: string, read: () => { bytes: number; requests: number }): void;
  /** Registers a counter that another stage keeps by one label, read whenever metrics are rendered. */
  observeCounts(
    name: string,
    help: string,
    label: string,
    read: () => ReadonlyMap<string, number>,
  ): void;
  /** Registers a gauge that another stage keeps, read whenever metrics are rendered. */
  observeValues(
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Iterable<readonly [labels: Readonly<Record<string, string>>, value: number]>,
  ): void;
  /** A counter for another stage, in the same registry. */
  counter<L extends object>(
    name: string,
    help: string,
    labels: readonly (keyof L & string)[],
  ): Count<L>;
  /** All metrics in Prometheus' text format. */
  render(): Promise<string>;
  /** Value of the header Content-Type that goes with `render`. */
  readonly contentType: string;
}

/** Counters in a registry of their own; `processMetrics` adds memory, CPU and event loop lag, `renderMore` other metrics. */
export function createTelemetry(
  options: { processMetrics?: boolean; renderMore?: () => Promise<string> } = {},
): Telemetry {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  const counter: Telemetry["counter"] = (name, help, labels) =>
    countIn(registry, name, help, labels);
  return {
    registry,
    counter,
    requests: counter("wattspan_requests_total", "OTLP requests by how they ended.", [
      "signal",
      "transport",
      "outcome",
    ]),
    receivedBytes: counter("wattspan_received_bytes_total", "Bytes of OTLP bodies, decompressed.", [
      "signal",
      "transport",
    ]),
    refusedConnections: counter(
      "wattspan_refused_connections_total",
      "Connections over the limit.",
      ["transport"],
    ),
    receivedItems: counter("wattspan_received_items_total", "Spans, points and records received.", [
      "signal",
    ]),
    forwardedItems: counter("wattspan_forwarded_items_total", "Items a backend took.", [
      "signal",
      "backend",
    ]),
    droppedItems: counter("wattspan_dropped_items_total", "Items lost, by reason.", [
      "signal",
      "reason",
      "backend",
    ]),
    forwardedRequests: counter("wattspan_forwarded_requests_total", "Requests a backend took.", [
      "signal",
      "backend",
    ]),
    droppedRequests: counter("wattspan_dropped_requests_total", "Requests lost whole, by reason.", [
      "signal",
      "reason",
      "backend",
    ]),
    retries: counter("wattspan_export_retries_total", "Attempts that will be repeated.", [
      "signal",
      "backend",
      "reason",
    ]),
    restatements: counter(
      "wattspan_restatements_total",
      "Figures that turned out to be others after they were final.",
      ["reason"],
    ),
    unreadPoints: counter("wattspan_unread_meter_points_total", "Meter points not used.", [
      "reason",
    ]),
    observeQueue: observeQueuesIn(registry),
    observeCounts: observeCountsIn(registry),
    observeValues: observeValuesIn(registry),
    async render() {
      const pages = [await registry.metrics(), (await options.renderMore?.()) ?? ""];
      return pages.join("");
    },
    contentType: registry.contentType,
  };
}

function countIn<L extends object>(
  registry: Registry,
  name: string,
  help: string,
  labels: readonly (keyof L & string)[],
): Count<L> {
  const counter = new Counter({ name, help, labelNames: [...labels], registers: [registry] });
  return {
    add(values, amount = 1) {
      counter.inc({ ...values } as Parameters<typeof counter.inc>[0] & object, amount);
    },
  };
}

function observeQueuesIn(registry: Registry): Telemetry["observeQueue"] {
  const queues = new Map<string, () => { bytes: number; requests: number }>();
  const gauge = (name: string, help: string, of: "bytes" | "requests"): Gauge =>
    new Gauge({
      name,
      help,
      labelNames: ["backend"],
      registers: [registry],
      collect() {
        for (const [backend, read] of queues) this.set({ backend }, read()[of]);
      },
    });
  gauge("wattspan_export_queue_bytes", "Bytes waiting for or on their way to a backend.", "bytes");
  gauge("wattspan_export_queue_requests", "Requests waiting or on their way.", "requests");
  return (backend, read) => void queues.set(backend, read);
}

function observeCountsIn(registry: Registry): Telemetry["observeCounts"] {
  return (name, help, label, read) => {
    const counts = new Counter({
      name,
      help,
      labelNames: [label],
      registers: [registry],
      collect() {
        counts.reset();
        for (const [value, count] of read()) counts.inc({ [label]: value }, count);
      },
    });
  };
}

function observeValuesIn(registry: Registry): Telemetry["observeValues"] {
  return (name, help, labelNames, read) => {
    const gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect() {
        gauge.reset();
        for (const [labels, value] of read()) gauge.set({ ...labels }, value);
      },
    });
  };
}
