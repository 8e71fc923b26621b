import type { AttributeValue } from "@wattspan/otlp";
import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { collectRequests, type DynamoRequest } from "./dynamo-legs.ts";
import { type ResolvedLeg, resolveLegs } from "./dynamo-roles.ts";
import { dynamoSpanNames, REQUEST_LIFECYCLE } from "./dynamo-spans.ts";
import { countTokens } from "./dynamo-tokens.ts";
import { clipDecode, modelOf, type PhaseWindow, windowsOf } from "./dynamo-windows.ts";
import { compare } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { growTree } from "./span-tree.ts";
import { VLLM_SPAN_NAME } from "./vllm-times.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

/** NVIDIA Dynamo, with or without an engine's own spans inside its workers. */
export const dynamo: Dialect = {
  name: "dynamo",
  recordings: [
    "dynamo-vllm-disagg",
    "dynamo-mocker-disagg",
    "dynamo-mocker-bootstrap",
    "dynamo-mocker-agg",
    "dynamo-unified-sample",
  ],
  intervalSources: [
    "vllm_latency",
    "vllm_span",
    "dynamo_engine",
    "dynamo_lifecycle",
    "dynamo_handle_payload",
  ],
  spanNames: [...dynamoSpanNames, VLLM_SPAN_NAME],
  markerKeys: [],
  eventSpanNames: [REQUEST_LIFECYCLE],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    return collectRequests(growTree(spans)).flatMap(deriveRequest);
  },
};

/** The frontend's `http-request` ends last: until it comes the request is open. */
function deriveRequest(request: DynamoRequest): readonly DerivedRequest[] {
  const { http } = request;
  const isRequest = request.isKnown || (http !== undefined && (hasWork(http) || hasLegs(request)));
  if (!isRequest && !isCalled(request)) return [];
  const model = modelOf(request);
  return [
    {
      requestId: request.id,
      ...(http === undefined ? {} : { rootSpanId: http.spanId }),
      ...(model === undefined ? {} : { model }),
      isOpen: http === undefined,
      phases: isRequest ? phasesOf(request) : [],
    },
  ];
}

/** `http-request` also stands for probes and listings, which name no tokens and no worker. */
function hasWork(http: EngineSpan): boolean {
  return ["input_tokens", "prefill_worker_id", "decode_worker_id"].some((key) =>
    http.attributes.has(key),
  );
}

function hasLegs(request: DynamoRequest): boolean {
  return request.legs.length > 0;
}

/** A worker that somebody called to generate; health checks and KV queries have no caller. */
function isCalled(request: DynamoRequest): boolean {
  return request.legs.some(({ payload }) => {
    const endpoint = payload && readText(payload.attributes, "endpoint");
    return (
      payload !== undefined &&
      payload.parentSpanId !== "" &&
      (endpoint ?? "generate") === "generate"
    );
  });
}

type LegWindow = PhaseWindow & { readonly resolved: ResolvedLeg; readonly attempt: number };

function phasesOf(request: DynamoRequest): readonly DerivedPhase[] {
  const legs = resolveLegs(request);
  const tokensOf = countTokens(request, legs);
  const windows = legs.flatMap((resolved): readonly LegWindow[] =>
    windowsOf(request, resolved).map((window) => ({
      ...window,
      resolved,
      attempt: resolved.attempt,
    })),
  );
  const keys = new Map<string, number>();
  const phases: DerivedPhase[] = [];
  for (const window of [...clipDecode(windows)].sort(compareWindows)) {
    const { resolved, phase } = window;
    const processedTokens = tokensOf(resolved, phase);
    if (window.endNs <= window.startNs || processedTokens === 0) continue;
    phases.push({
      phase,
      key: uniqueKey(keys, `${phase}/${resolved.worker}/${resolved.attempt}`),
      parentSpanId: resolved.leg.id,
      startUnixNano: window.startNs,
      endUnixNano: window.endNs,
      ...(processedTokens === undefined ? {} : { processedTokens }),
      includesQueueing: window.includesQueueing,
      intervalSource: window.intervalSource,
      worker: identityOf(resolved),
    });
  }
  return phases;
}

function compareWindows(a: LegWindow, b: LegWindow): number {
  return (
    compare(a.startNs, b.startNs) ||
    compare(a.phase, b.phase) ||
    compare(a.resolved.leg.id, b.resolved.leg.id)
  );
}

/** A worker called twice in one attempt has two phases of the same name. */
function uniqueKey(keys: Map<string, number>, key: string): string {
  const count = (keys.get(key) ?? 0) + 1;
  keys.set(key, count);
  return count === 1 ? key : `${key}.${count}`;
}

/** Dynamo's own spans first: their `service.name` is the worker's, the engine adds host and node. */
function identityOf({ leg, route, instanceId }: ResolvedLeg): ReadonlyMap<string, AttributeValue> {
  const own = [leg.payload, leg.operation, leg.admission, leg.engine, ...leg.vllm].filter(
    (span) => span !== undefined,
  );
  const routed = new Map<string, AttributeValue>();
  if (instanceId !== undefined) routed.set("instance_id", instanceId);
  const rank = route?.attributes.get("dp_rank");
  if (rank !== undefined) routed.set("dp_rank", rank);
  return mergeIdentity([...identityMapsOf(own), routed]);
}
