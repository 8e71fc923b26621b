import { createHash } from "node:crypto";
import type { Arrival } from "./arrivals.ts";
import type { FleetWorker } from "./fleet.ts";

/** A span as a process of the fleet reports it; times in ns since 1970. */
export interface FleetSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startUnixNano: bigint;
  readonly endUnixNano: bigint;
  readonly attributes: Readonly<Record<string, string>>;
}

/** When a device computed, ms since 1970. */
export interface Busy {
  readonly device: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly watts: number;
}

/** A prompt token takes 0.1 ms, a decoded one 30 ms; a worker prefills one request at a time. */
const PREFILL_TOKEN_MS = 0.1;
const PREFILL_MS = 15;
const DECODE_TOKEN_MS = 30;
const PREFILL_WATTS = 500;
const DECODE_WATTS = 25;

/**
 * Serves arrivals the way a disaggregated NVIDIA Dynamo deployment reports it: the frontend's `http-request` and two
 * `kv_router.route_request`, and a `handle_payload` a worker, the prefill worker's with its queueing in it.
 */
export function serve(
  arrivals: readonly Arrival[],
  workers: readonly FleetWorker[],
  firstMs: number,
): { readonly spans: readonly FleetSpan[]; readonly busy: readonly Busy[] } {
  const prefillers = workers.filter(({ role }) => role === "prefill");
  const decoders = workers.filter(({ role }) => role === "decode");
  const freeAtMs = new Map(prefillers.map(({ id }) => [id, 0]));
  const openUntilMs = new Map(decoders.map(({ id }) => [id, [] as number[]]));
  const spans: FleetSpan[] = [];
  const busy: Busy[] = [];
  arrivals.forEach(({ atMs, inputTokens, outputTokens }, index) => {
    const startMs = firstMs + atMs;
    const prefiller = least(prefillers, ({ id }) => freeAtMs.get(id) ?? 0);
    const tookUpMs = Math.max(startMs + 1, freeAtMs.get(prefiller.id) ?? 0);
    const firstTokenMs = tookUpMs + PREFILL_MS + inputTokens * PREFILL_TOKEN_MS;
    freeAtMs.set(prefiller.id, firstTokenMs);
    const decoder = least(
      decoders,
      ({ id }) => openUntilMs.get(id)?.filter((endMs) => endMs > firstTokenMs).length ?? 0,
    );
    const decodedMs = firstTokenMs + Math.max(0, outputTokens - 1) * DECODE_TOKEN_MS;
    const open = openUntilMs.get(decoder.id)?.filter((endMs) => endMs > firstTokenMs) ?? [];
    openUntilMs.set(decoder.id, [...open, decodedMs]);
    busy.push(...drawn(prefiller, tookUpMs, firstTokenMs, PREFILL_WATTS));
    busy.push(...drawn(decoder, firstTokenMs, decodedMs, DECODE_WATTS));
    spans.push(
      ...spansOf(index, prefiller, decoder, {
        startMs,
        firstTokenMs,
        decodedMs,
        inputTokens,
        outputTokens,
      }),
    );
  });
  return { spans, busy };
}

interface Times {
  readonly startMs: number;
  readonly firstTokenMs: number;
  readonly decodedMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

function spansOf(
  index: number,
  prefiller: FleetWorker,
  decoder: FleetWorker,
  { startMs, firstTokenMs, decodedMs, inputTokens, outputTokens }: Times,
): FleetSpan[] {
  const traceId = hexOf(`trace ${index}`, 32);
  const id = (part: string): string => hexOf(`${index} ${part}`, 16);
  const requestId = `request-${index}`;
  const span = (
    service: string,
    part: string,
    parent: string,
    name: string,
    fromMs: number,
    toMs: number,
    attributes: Readonly<Record<string, string>>,
  ): FleetSpan => ({
    service,
    traceId,
    spanId: id(part),
    parentSpanId: parent === "" ? "" : id(parent),
    name,
    startUnixNano: nanosOf(fromMs),
    endUnixNano: nanosOf(toMs),
    attributes: { request_id: requestId, ...attributes },
  });
  const attempt = { "request.attempt": "0" };
  const generate = { component: "backend", endpoint: "generate" };
  return [
    span("frontend", "http", "", "http-request", startMs, decodedMs + 1, {
      model: "llama",
      input_tokens: String(inputTokens),
      output_tokens: String(outputTokens),
      prefill_worker_id: prefiller.id,
      decode_worker_id: decoder.id,
    }),
    span("frontend", "route-p", "http", "kv_router.route_request", startMs, firstTokenMs, {
      ...attempt,
      phase: "Prefill",
    }),
    span("frontend", "route-d", "http", "kv_router.route_request", firstTokenMs, decodedMs, {
      ...attempt,
      phase: "Decode",
    }),
    span(prefiller.id, "prefill", "route-p", "handle_payload", startMs + 0.5, firstTokenMs, {
      ...generate,
      instance_id: prefiller.id,
    }),
    span(decoder.id, "decode", "route-d", "handle_payload", firstTokenMs, decodedMs, {
      ...generate,
      instance_id: decoder.id,
    }),
  ];
}

function drawn(worker: FleetWorker, fromMs: number, toMs: number, watts: number): Busy[] {
  return worker.devices.map((id) => ({ device: `${worker.node}/${id}`, fromMs, toMs, watts }));
}

function least<T>(items: readonly T[], of: (item: T) => number): T {
  return items.reduce((best, item) => (of(item) < of(best) ? item : best));
}

function hexOf(text: string, digits: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, digits);
}

function nanosOf(ms: number): bigint {
  return BigInt(Math.round(ms * 1e3)) * 1000n;
}
