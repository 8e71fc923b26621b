import type { PhaseName } from "@wattspan/footprint";
import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { compare } from "./order.ts";
import { readText, readTexts, readTokens } from "./read-attribute.ts";
import { growTree, type SpanTree } from "./span-tree.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

const PHASE_KEY = "footprint.inference.phase";
const SOURCE_KEY = "footprint.inference.interval_source";

const phaseNames: ReadonlySet<string> = new Set<PhaseName>([
  "prefill",
  "decode",
  "mixed",
  "kv_transfer",
]);

/** Spans that say themselves which phase they are; they are charged in place. */
export const footprint: Dialect = {
  name: "footprint",
  spanNames: [],
  markerKeys: [PHASE_KEY],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const byRequest = new Map<string, EngineSpan[]>();
    for (const span of tree.spans) {
      if (phaseNameOf(span) === undefined) continue;
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

function phaseNameOf(span: EngineSpan): PhaseName | undefined {
  const name = readText(span.attributes, PHASE_KEY);
  return name !== undefined && phaseNames.has(name) ? (name as PhaseName) : undefined;
}

function modelOf(spans: readonly EngineSpan[]): string | undefined {
  for (const { attributes } of spans) {
    const model =
      readText(attributes, "gen_ai.response.model") ?? readText(attributes, "gen_ai.request.model");
    if (model !== undefined) return model;
  }
  return undefined;
}

/** No computed token is no phase, except where no tokens are meant (`kv_transfer`) or figures are there. */
function derivePhase(span: EngineSpan): readonly DerivedPhase[] {
  const { attributes } = span;
  const phase = phaseNameOf(span);
  const processedTokens = readTokens(attributes, ["footprint.inference.processed_tokens"]);
  const deviceIds = readTexts(attributes, "footprint.device.ids");
  const intervalSource = readText(attributes, SOURCE_KEY) ?? "instrumentation";
  const isSettled = [...attributes.keys()].some((key) => key.startsWith("footprint.energy."));
  const isWorkless = processedTokens === 0 && phase !== "kv_transfer" && !isSettled;
  if (phase === undefined || span.endUnixNano <= span.startUnixNano || isWorkless) return [];
  const worker = mergeIdentity(identityMapsOf([span]));
  const name =
    readText(worker, "instance_id") ??
    readText(worker, "service.instance.id") ??
    readText(worker, "service.name") ??
    "-";
  return [
    {
      phase,
      key: `${phase}/${name}/${span.spanId}`,
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
      ...(intervalSource.startsWith("client") ? { isClientSide: true } : {}),
    },
  ];
}
