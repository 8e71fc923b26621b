import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { isVllmSpan, serviceOf } from "./dynamo-spans.ts";
import { compare } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { growTree } from "./span-tree.ts";
import { VLLM_DECODE, VLLM_PREFILL } from "./vllm-times.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

const KV_TRANSFER = "vllm_async_kv_transfer";

/**
 * vLLM's spans of phases (pull request 44402) below its `llm_request`. Their windows are read with that span, which has the
 * tokens; here they hold the trace until it comes, and show the wait for a cache from elsewhere.
 */
export const vllmPhases: Dialect = {
  name: "vllm-phases",
  recordings: [],
  intervalSources: ["vllm_span"],
  spanNames: [VLLM_PREFILL, VLLM_DECODE, KV_TRANSFER],
  markerKeys: [],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const byRequest = new Map<string, DerivedRequest>();
    for (const span of tree.spans.filter(isOwn)) {
      const root = tree.byId.get(span.parentSpanId);
      const isSeen = root !== undefined && isVllmSpan(root);
      const requestId =
        (isSeen ? readText(root.attributes, "gen_ai.request.id") : undefined) ?? span.parentSpanId;
      const before = byRequest.get(requestId);
      byRequest.set(requestId, {
        requestId,
        ...(isSeen ? { rootSpanId: before?.rootSpanId ?? span.parentSpanId } : {}),
        isOpen: !isSeen,
        phases: [...(before?.phases ?? []), ...(isSeen ? transferOf(span) : [])],
      });
    }
    return [...byRequest.values()].sort((a, b) => compare(a.requestId, b.requestId));
  },
};

function isOwn(span: EngineSpan): boolean {
  return (
    vllmPhases.spanNames.includes(span.name) &&
    span.parentSpanId !== "" &&
    !span.attributes.has("footprint.inference.phase")
  );
}

function transferOf(span: EngineSpan): readonly DerivedPhase[] {
  if (span.name !== KV_TRANSFER || span.endUnixNano <= span.startUnixNano) return [];
  return [
    {
      phase: "kv_transfer",
      key: `kv_transfer/${serviceOf(span) ?? "-"}/${span.spanId}`,
      parentSpanId: span.spanId,
      startUnixNano: span.startUnixNano,
      endUnixNano: span.endUnixNano,
      includesQueueing: false,
      intervalSource: "vllm_span",
      worker: mergeIdentity(identityMapsOf([span])),
    },
  ];
}
