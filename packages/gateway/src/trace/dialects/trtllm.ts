import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { findVllmUnderDynamo, serviceOf } from "./dynamo-spans.ts";
import { isBelowLlmDDecode } from "./llm-d.ts";
import { compare, earlier, later } from "./order.ts";
import { readDurationNs, readText, readTokens } from "./read-attribute.ts";
import { growTree } from "./span-tree.ts";
import { completionTokenKeys, promptTokenKeys, VLLM_SPAN_NAME } from "./vllm-times.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

/** Times in ns since 1970 that a request's span tells. */
interface Times {
  readonly prefillStartNs: bigint;
  readonly firstTokenNs: bigint;
  readonly endNs: bigint;
  readonly transferNs: bigint;
}

/** A server's span of a request. */
interface Server {
  readonly span: EngineSpan;
  readonly times: Times;
  /** Another server has prefilled: the cache comes from there. */
  readonly isGenerating: boolean;
}

/**
 * TensorRT-LLM: one span per request and server, named and written like vLLM's, but without times in the model. Prefill
 * runs from the end of the queue to the first token, decode from there to the end.
 */
export const trtllm: Dialect = {
  name: "tensorrt-llm",
  recordings: [],
  intervalSources: ["trtllm_latency"],
  spanNames: [VLLM_SPAN_NAME],
  markerKeys: [],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const underDynamo = new Set(findVllmUnderDynamo(tree));
    const own = tree.spans.filter((span) => isOwn(span) && !underDynamo.has(span));
    const byRequest = new Map<string, Server[]>();
    for (const span of own) {
      const times = readTimes(span);
      const isGenerating =
        times.transferNs > 0n ||
        isBelowLlmDDecode(tree, span) ||
        own.some((other) => handsOver(other, span));
      const id = readText(span.attributes, "gen_ai.request.id") ?? span.spanId;
      byRequest.set(id, [...(byRequest.get(id) ?? []), { span, times, isGenerating }]);
    }
    return [...byRequest]
      .sort(([a], [b]) => compare(a, b))
      .map(([requestId, servers]) => deriveRequest(requestId, servers));
  },
};

/** vLLM always says how long it was in the model, were it a negative time. */
function isOwn({ name, attributes }: EngineSpan): boolean {
  return (
    name === VLLM_SPAN_NAME &&
    attributes.has("gen_ai.latency.time_to_first_token") &&
    !attributes.has("gen_ai.latency.time_in_model_prefill") &&
    !attributes.has("footprint.inference.phase")
  );
}

/** The proxy calls one server for the first token, and the next when that has ended. */
function handsOver(context: EngineSpan, span: EngineSpan): boolean {
  const count = ({ attributes }: EngineSpan, keys: readonly string[]): number | undefined =>
    readTokens(attributes, keys);
  return (
    span.parentSpanId !== "" &&
    context.parentSpanId === span.parentSpanId &&
    context.endUnixNano <= span.startUnixNano &&
    count(context, completionTokenKeys) === 1 &&
    count(context, promptTokenKeys) === count(span, promptTokenKeys)
  );
}

function deriveRequest(requestId: string, servers: readonly Server[]): DerivedRequest {
  const root = servers.at(-1)?.span;
  const counts = new Map<string, number>();
  return {
    requestId,
    ...(root === undefined ? {} : { rootSpanId: root.spanId }),
    isOpen: false,
    phases: servers.flatMap((server) => {
      const service = serviceOf(server.span) ?? "-";
      const index = counts.get(service) ?? 0;
      counts.set(service, index + 1);
      return derivePhases(server, `${service}/${index}`);
    }),
  };
}

function readTimes(span: EngineSpan): Times {
  const seconds = (name: string): bigint | undefined =>
    readDurationNs(span.attributes, `gen_ai.latency.${name}`, 1);
  const ttftNs = seconds("time_to_first_token") ?? 0n;
  const startNs = span.startUnixNano;
  const e2eNs = seconds("e2e");
  return {
    prefillStartNs: startNs + earlier(seconds("time_in_queue") ?? 0n, ttftNs),
    firstTokenNs: startNs + ttftNs,
    endNs: e2eNs === undefined ? span.endUnixNano : startNs + e2eNs,
    transferNs: seconds("kv_cache_transfer_time") ?? 0n,
  };
}

/**
 * Only the server that generates waits for a cache from elsewhere: what it does before the first token is that wait and
 * one step, which is decode. When in that time the transfer ran is not told: it is put right after the queue.
 */
function derivePhases(
  { span, times, isGenerating }: Server,
  worker: string,
): readonly DerivedPhase[] {
  const { prefillStartNs, firstTokenNs, endNs, transferNs } = times;
  const arrivedNs = earlier(prefillStartNs + transferNs, firstTokenNs);
  const common = {
    parentSpanId: span.spanId,
    intervalSource: "trtllm_latency",
    worker: mergeIdentity(identityMapsOf([span])),
  };
  const decodeStartNs = isGenerating ? arrivedNs : firstTokenNs;
  const phases: readonly DerivedPhase[] = [
    {
      phase: isGenerating ? "kv_transfer" : "prefill",
      key: `${isGenerating ? "kv_transfer" : "prefill"}/${worker}`,
      startUnixNano: prefillStartNs,
      endUnixNano: isGenerating ? arrivedNs : firstTokenNs,
      ...(isGenerating ? {} : countOf(readTokens(span.attributes, promptTokenKeys), 0)),
      // Its definition of the queue's end was read, not measured.
      includesQueueing: !isGenerating,
      ...common,
    },
    {
      phase: "decode",
      key: `decode/${worker}`,
      startUnixNano: decodeStartNs,
      endUnixNano: later(endNs, decodeStartNs),
      ...countOf(readTokens(span.attributes, completionTokenKeys), 1),
      includesQueueing: false,
      ...common,
    },
  ];
  return phases.filter(
    (phase) => phase.endUnixNano > phase.startUnixNano && phase.processedTokens !== 0,
  );
}

function countOf(whole: number | undefined, less: number): { readonly processedTokens?: number } {
  return whole === undefined ? {} : { processedTokens: Math.max(0, whole - less) };
}
