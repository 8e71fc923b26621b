import type { AttributeValue } from "@wattspan/otlp";
import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { compare, later } from "./order.ts";
import { readCount } from "./read-attribute.ts";
import { ancestorsOf, growTree, type SpanTree } from "./span-tree.ts";

const REQUEST = "llm_d.pd_proxy.request";
const PREFILL = "llm_d.pd_proxy.prefill";
/** Around the call to the server that decodes what another has prefilled. */
const DECODE = "llm_d.pd_proxy.decode";
const CHUNKED_DECODE = "llm_d.pd_proxy.chunked_decode";
const targetKeys: ReadonlySet<string> = new Set([
  "llm_d.pd_proxy.prefill_target",
  "llm_d.pd_proxy.decode.target",
]);

/**
 * llm-d's proxy beside a decode server: how long it waited for each of the two servers. Where an engine's own span is
 * in the trace that one stands.
 */
export const llmD: Dialect = {
  name: "llm-d",
  recordings: [],
  intervalSources: ["llm_d_proxy"],
  spanNames: [REQUEST, PREFILL, DECODE, CHUNKED_DECODE],
  markerKeys: [],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const byRequest = new Map<string, EngineSpan[]>();
    for (const span of tree.spans) {
      if (!isLeg(span) && span.name !== REQUEST) continue;
      const id = requestIdOf(tree, span);
      byRequest.set(id, [...(byRequest.get(id) ?? []), span]);
    }
    return [...byRequest]
      .sort(([a], [b]) => compare(a, b))
      .map(([requestId, own]) => deriveRequest(tree, requestId, own));
  },
};

/** Whether an engine's span is of a server that decodes what another has prefilled, as the proxy above it says. */
export function isBelowLlmDDecode(tree: SpanTree, span: EngineSpan): boolean {
  const leg = ancestorsOf(tree, span).find(isLeg);
  return leg !== undefined && isDecode(leg);
}

function isLeg({ name, attributes }: EngineSpan): boolean {
  const isNamed = name === PREFILL || name === DECODE || name === CHUNKED_DECODE;
  return isNamed && !attributes.has("footprint.inference.phase");
}

/** The proxy's span of the whole request has no id of its own: it is known by its span, seen or not. */
function requestIdOf(tree: SpanTree, span: EngineSpan): string {
  const lineage = [span, ...ancestorsOf(tree, span)];
  const request = lineage.find(({ name }) => name === REQUEST);
  const outermost = lineage.filter(isLeg).at(-1) ?? span;
  return request?.spanId ?? outermost.parentSpanId;
}

/** The request's span ends last: until it comes the request is open, and not sure to be one. */
function deriveRequest(
  tree: SpanTree,
  requestId: string,
  spans: readonly EngineSpan[],
): DerivedRequest {
  const root = spans.find(({ name }) => name === REQUEST);
  if (root === undefined) return { requestId, isOpen: true, phases: [] };
  const legs = spans.filter((span) => isLeg(span) && !hasFailed(span));
  const prefills = legs.filter(isPrefill);
  const decodes = legs.filter(
    (span) => !isPrefill(span) && !ancestorsOf(tree, span).some((above) => isDecode(above)),
  );
  return {
    requestId,
    rootSpanId: root.spanId,
    isOpen: false,
    phases: [
      ...prefills.flatMap((span, index) => derivePhase(span, index, span.startUnixNano)),
      ...decodes.flatMap((span, index) => derivePhase(span, index, clippedStart(span, prefills))),
    ].sort((a, b) => compare(a.startUnixNano, b.startUnixNano) || compare(a.key, b.key)),
  };
}

/** What was asked of the decode server while prefill still ran waited for it. */
function clippedStart(decode: EngineSpan, prefills: readonly EngineSpan[]): bigint {
  return prefills
    .filter(({ startUnixNano }) => startUnixNano < decode.endUnixNano)
    .reduce((start, { endUnixNano }) => later(start, endUnixNano), decode.startUnixNano);
}

function derivePhase(span: EngineSpan, index: number, startUnixNano: bigint): DerivedPhase[] {
  if (span.endUnixNano <= startUnixNano) return [];
  const phase = isPrefill(span) ? "prefill" : "decode";
  return [
    {
      phase,
      key: `${phase}/-/${index}`,
      parentSpanId: span.spanId,
      startUnixNano,
      endUnixNano: span.endUnixNano,
      includesQueueing: true,
      intervalSource: "llm_d_proxy",
      worker: workerOf(span),
    },
  ];
}

/** The proxy runs beside the decode server, and only its target tells where prefill ran. */
function workerOf(span: EngineSpan): ReadonlyMap<string, AttributeValue> {
  const own = [...span.attributes].filter(([key]) => targetKeys.has(key));
  const place = [...span.resourceAttributes].filter(([key]) => /^(k8s|host|cloud)\./.test(key));
  return new Map(isPrefill(span) ? own : [...own, ...place]);
}

function hasFailed({ attributes }: EngineSpan): boolean {
  return (readCount(attributes, ["llm_d.pd_proxy.prefill.status_code"]) ?? 200) >= 400;
}

function isPrefill({ name }: EngineSpan): boolean {
  return name === PREFILL;
}

function isDecode(span: EngineSpan): boolean {
  return isLeg(span) && !isPrefill(span);
}
