import { markedPhaseKey, phaseNameOf, readMarkedPhase, workerNameOf } from "@wattspan/footprint";
import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { compare } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { growTree, type SpanTree } from "./span-tree.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

const PHASE_KEY = "footprint.inference.phase";

/** Spans that say themselves which phase they are; they are charged in place. */
export const footprint: Dialect = {
  name: "footprint",
  recordings: [],
  intervalSources: [],
  spanNames: [],
  markerKeys: [PHASE_KEY],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const byRequest = new Map<string, EngineSpan[]>();
    for (const span of tree.spans) {
      if (phaseNameOf(span.attributes.get(PHASE_KEY)) === undefined) continue;
      const id = span.parentSpanId || span.traceId;
      const marked = byRequest.get(id) ?? [];
      marked.push(span);
      byRequest.set(id, marked);
    }
    return [...byRequest]
      .sort(([a], [b]) => compare(a, b))
      .map(([requestId, marked]) => deriveRequest(tree, requestId, marked));
  },
};

/** `marked` is sorted by start. */
function deriveRequest(
  tree: SpanTree,
  requestId: string,
  marked: readonly EngineSpan[],
): DerivedRequest {
  const parent = tree.byId.get(requestId);
  const root = parent ?? marked[0];
  const model = modelOf(parent === undefined ? marked : [...marked, parent]);
  return {
    requestId,
    ...(root === undefined ? {} : { rootSpanId: root.spanId }),
    ...(model === undefined ? {} : { model }),
    isOpen: false,
    phases: marked.flatMap(derivePhase),
  };
}

function modelOf(spans: readonly EngineSpan[]): string | undefined {
  for (const { attributes } of spans) {
    const model =
      readText(attributes, "gen_ai.response.model") ?? readText(attributes, "gen_ai.request.model");
    if (model !== undefined) return model;
  }
  return undefined;
}

function derivePhase(span: EngineSpan): readonly DerivedPhase[] {
  const { attributes } = span;
  const marked = readMarkedPhase((key) => attributes.get(key), attributes.keys());
  if (marked === undefined || span.endUnixNano <= span.startUnixNano) return [];
  const { phase, processedTokens, deviceIds, intervalSource, isSettled, isClientSide } = marked;
  const worker = mergeIdentity(identityMapsOf([span]));
  return [
    {
      phase,
      key: markedPhaseKey(
        phase,
        workerNameOf((key) => worker.get(key)),
        span.spanId,
      ),
      spanId: span.spanId,
      parentSpanId: span.parentSpanId,
      startUnixNano: span.startUnixNano,
      endUnixNano: span.endUnixNano,
      ...(processedTokens === undefined ? {} : { processedTokens }),
      includesQueueing: false,
      intervalSource,
      worker,
      ...(deviceIds === undefined ? {} : { deviceIds }),
      ...(isSettled ? { isSettled } : {}),
      ...(isClientSide ? { isClientSide } : {}),
    },
  ];
}
