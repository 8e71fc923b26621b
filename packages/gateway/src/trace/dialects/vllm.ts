import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import {
  findVllmUnderDynamo,
  HTTP_REQUEST,
  isDynamoSpan,
  isVllmSpan,
  serviceOf,
} from "./dynamo-spans.ts";
import { isBelowLlmDDecode } from "./llm-d.ts";
import { compare } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { growTree, type SpanTree } from "./span-tree.ts";
import { createVllmTimeReader, VLLM_SPAN_NAME, type VllmTimes } from "./vllm-times.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

/** One `llm_request` span and its times. */
interface Sequence {
  readonly span: EngineSpan;
  readonly times: VllmTimes;
  /** A proxy says that another server has prefilled. */
  readonly isDecode: boolean;
}

/** vLLM on its own: one span per request, which carries the times of its phases. */
export const vllm: Dialect = {
  name: "vllm",
  recordings: ["vllm"],
  intervalSources: ["vllm_latency", "vllm_span"],
  spanNames: [VLLM_SPAN_NAME],
  markerKeys: [],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const isOpen = isAwaitingDynamo(tree);
    return [...collectSequences(tree)]
      .sort(([a], [b]) => compare(a, b))
      .map(([requestId, sequences]) => deriveRequest(requestId, sequences, isOpen));
  },
};

/** Spans by the request id they share, each list sorted by start. */
function collectSequences(tree: SpanTree): ReadonlyMap<string, readonly Sequence[]> {
  const underDynamo = new Set(findVllmUnderDynamo(tree));
  const readTimes = createVllmTimeReader(tree);
  const byId = new Map<string, Sequence[]>();
  for (const span of tree.spans) {
    const isOwn = isVllmSpan(span) && !underDynamo.has(span);
    const times = isOwn ? readTimes(span) : undefined;
    if (times === undefined) continue;
    const id = readText(span.attributes, "gen_ai.request.id") ?? span.spanId;
    const sequences = byId.get(id) ?? [];
    sequences.push({ span, times, isDecode: isBelowLlmDDecode(tree, span) });
    byId.set(id, sequences);
  }
  return byId;
}

/** Dynamo spans without their root: the spans that tie a vLLM span to a Dynamo worker may be on their way. */
function isAwaitingDynamo(tree: SpanTree): boolean {
  const dynamoSpans = tree.spans.filter(isDynamoSpan);
  return dynamoSpans.length > 0 && dynamoSpans.every((span) => span.name !== HTTP_REQUEST);
}

function deriveRequest(
  requestId: string,
  sequences: readonly Sequence[],
  isOpen: boolean,
): DerivedRequest {
  const root = sequences[0]?.span;
  const model =
    root &&
    (readText(root.attributes, "gen_ai.response.model") ??
      readText(root.attributes, "gen_ai.request.model"));
  const counts = new Map<string, number>();
  return {
    requestId,
    ...(root === undefined ? {} : { rootSpanId: root.spanId }),
    ...(model === undefined ? {} : { model }),
    isOpen,
    phases: sequences.flatMap((sequence) => {
      const service = serviceOf(sequence.span) ?? "-";
      const index = counts.get(service) ?? 0;
      counts.set(service, index + 1);
      const isHandedOver =
        sequence.isDecode || sequences.some((other) => handsOver(other, sequence));
      return derivePhases(sequence, `${service}/${index}`, isHandedOver);
    }),
  };
}

/**
 * A prefill worker makes one token and ends before the decode worker's request begins. Several sequences of
 * one request (`n` > 1) share its id too, but run together.
 */
function handsOver(prefill: Sequence, decode: Sequence): boolean {
  return (
    prefill.times.completionTokens === 1 &&
    prefill.times.promptTokens === decode.times.promptTokens &&
    prefill.span.endUnixNano <= decode.span.startUnixNano
  );
}

/** After a hand-over "model prefill" is one step on the KV cache that came with it: decode. */
function derivePhases(
  { span, times }: Sequence,
  worker: string,
  isHandedOver: boolean,
): readonly DerivedPhase[] {
  const { promptTokens, cachedTokens = 0, completionTokens } = times;
  const decodeStartNs = isHandedOver ? times.prefillStartNs : times.firstTokenNs;
  const phases: readonly DerivedPhase[] = [
    {
      phase: "prefill",
      key: `prefill/${worker}`,
      startUnixNano: times.prefillStartNs,
      endUnixNano: isHandedOver ? times.prefillStartNs : times.firstTokenNs,
      ...commonOf(span, times),
      ...countOf(promptTokens, cachedTokens),
    },
    {
      phase: "decode",
      key: `decode/${worker}`,
      startUnixNano: decodeStartNs,
      endUnixNano: times.endNs,
      ...commonOf(span, times),
      ...countOf(completionTokens, 1),
    },
  ];
  return phases.filter(
    (phase) => phase.endUnixNano > phase.startUnixNano && phase.processedTokens !== 0,
  );
}

function commonOf(
  span: EngineSpan,
  { intervalSource }: VllmTimes,
): Pick<DerivedPhase, "parentSpanId" | "includesQueueing" | "intervalSource" | "worker"> {
  return {
    parentSpanId: span.spanId,
    includesQueueing: false,
    intervalSource,
    worker: mergeIdentity(identityMapsOf([span])),
  };
}

function countOf(whole: number | undefined, less: number): { readonly processedTokens?: number } {
  return whole === undefined ? {} : { processedTokens: Math.max(0, whole - less) };
}
