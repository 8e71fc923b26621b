import type { EngineSpan } from "./dialect.ts";
import {
  ENGINE_GENERATE,
  findVllmUnderDynamo,
  HANDLE_PAYLOAD,
  HTTP_REQUEST,
  isDynamoSpan,
  isOperation,
  isRoute,
  ownRequestId,
  provesRequest,
  REQUEST_LIFECYCLE,
  RESPONSE_STREAMING,
  serviceOf,
  WORKER_ADMISSION,
} from "./dynamo-spans.ts";
import { compare } from "./order.ts";
import { readText } from "./read-attribute.ts";
import { ancestorsOf, type SpanTree } from "./span-tree.ts";
import { createVllmTimeReader, type VllmTimes } from "./vllm-times.ts";

/** What one worker did for one request: everything below one `handle_payload`. */
export interface DynamoLeg {
  /** Id of the worker's `handle_payload`, seen or not. */
  readonly id: string;
  readonly payload?: EngineSpan;
  readonly operation?: EngineSpan;
  readonly admission?: EngineSpan;
  readonly engine?: EngineSpan;
  /** The router's span above `payload`. */
  readonly route?: EngineSpan;
  readonly vllm: readonly EngineSpan[];
  /** Times of those of `vllm` that tell any. */
  readonly vllmTimes: readonly VllmTimes[];
  /** Another worker of the same request was called from inside this one. */
  readonly isOuter: boolean;
}

/** Spans of one request, sorted into workers. */
export interface DynamoRequest {
  readonly id: string;
  readonly http?: EngineSpan;
  readonly routes: readonly EngineSpan[];
  /** The frontend's span that starts at the first token. */
  readonly streaming?: EngineSpan;
  /** The frontend's span around the request. */
  readonly lifecycle?: EngineSpan;
  /** Seen as a request by the frontend or by lifecycle spans, not just as a call to a worker. */
  readonly isKnown: boolean;
  readonly legs: readonly DynamoLeg[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type LegDraft = Writable<Omit<DynamoLeg, "vllm" | "vllmTimes">> & {
  vllm: EngineSpan[];
  vllmTimes: VllmTimes[];
};
interface RequestDraft {
  http?: EngineSpan;
  streaming?: EngineSpan;
  lifecycle?: EngineSpan;
  routes: EngineSpan[];
  isKnown: boolean;
  legs: Map<string, LegDraft>;
}

/** Groups the Dynamo and vLLM spans of one trace by request and worker, sorted by request id. */
export function collectRequests(tree: SpanTree): readonly DynamoRequest[] {
  const drafts = new Map<string, RequestDraft>();
  const legs = new Map<string, LegDraft>();
  for (const span of tree.spans) {
    const id = isDynamoSpan(span) ? requestIdOf(tree, span) : undefined;
    if (id !== undefined) addSpan(draftOf(drafts, id), legs, span);
  }
  addEngineSpans(tree, drafts, legs);
  linkRoutes(tree, drafts);
  return [...drafts]
    .sort(([a], [b]) => compare(a, b))
    .map(([id, draft]) => ({ ...draft, id, legs: [...draft.legs.values()] }));
}

/** The span's own request, unless only the `http-request` above it has been seen as one. */
function requestIdOf(tree: SpanTree, span: EngineSpan): string | undefined {
  const own = ownRequestId(span);
  if (own === undefined || span.name === HTTP_REQUEST) return own;
  const http = ancestorsOf(tree, span).find((above) => above.name === HTTP_REQUEST);
  return (http && ownRequestId(http)) ?? own;
}

function draftOf(drafts: Map<string, RequestDraft>, id: string): RequestDraft {
  let draft = drafts.get(id);
  if (draft === undefined) {
    draft = { routes: [], isKnown: false, legs: new Map() };
    drafts.set(id, draft);
  }
  return draft;
}

/** Spans come sorted by start: where there should be one and are several, the first stands. */
function addSpan(draft: RequestDraft, legs: Map<string, LegDraft>, span: EngineSpan): void {
  if (provesRequest(span)) draft.isKnown = true;
  if (span.name === HTTP_REQUEST) draft.http ??= span;
  else if (span.name === RESPONSE_STREAMING) draft.streaming ??= span;
  else if (span.name === REQUEST_LIFECYCLE) draft.lifecycle ??= span;
  else if (isRoute(span)) draft.routes.push(span);
  else if (span.name === HANDLE_PAYLOAD) legOf(draft, legs, span.spanId).payload ??= span;
  else if (isOperation(span)) legOf(draft, legs, parentOrSelf(span)).operation ??= span;
  else if (span.name === WORKER_ADMISSION)
    legOf(draft, legs, parentOrSelf(span)).admission ??= span;
}

function legOf(draft: RequestDraft, legs: Map<string, LegDraft>, id: string): LegDraft {
  let leg = legs.get(id);
  if (leg === undefined) {
    leg = { id, vllm: [], vllmTimes: [], isOuter: false };
    legs.set(id, leg);
    draft.legs.set(id, leg);
  }
  return leg;
}

function parentOrSelf(span: EngineSpan): string {
  return span.parentSpanId === "" ? span.spanId : span.parentSpanId;
}

/** Puts `engine.generate` and vLLM spans, which name no worker, to the worker above them. */
function addEngineSpans(
  tree: SpanTree,
  drafts: ReadonlyMap<string, RequestDraft>,
  legs: ReadonlyMap<string, LegDraft>,
): void {
  const legByOperation = new Map<string, LegDraft>();
  for (const leg of legs.values()) {
    for (const span of [leg.operation, leg.admission]) {
      const operationId = span && readText(span.attributes, "dynamo.operation.id");
      if (operationId !== undefined) legByOperation.set(operationId, leg);
    }
  }
  const legAbove = (span: EngineSpan): LegDraft | undefined => {
    for (const above of ancestorsOf(tree, span)) {
      const operationId = readText(above.attributes, "dynamo.operation.id");
      const leg = legs.get(above.spanId) ?? legByOperation.get(operationId ?? "");
      if (leg !== undefined) return leg;
    }
    return undefined;
  };
  for (const span of tree.spans) {
    if (span.name !== ENGINE_GENERATE) continue;
    const leg = legAbove(span);
    if (leg !== undefined) leg.engine ??= span;
  }
  const readTimes = createVllmTimeReader(tree);
  for (const span of findVllmUnderDynamo(tree)) {
    addVllmSpan(legAbove(span) ?? likelyLeg(drafts, legs, span), span, readTimes(span));
  }
}

function addVllmSpan(
  leg: LegDraft | undefined,
  span: EngineSpan,
  times: VllmTimes | undefined,
): void {
  leg?.vllm.push(span);
  if (times !== undefined) leg?.vllmTimes.push(times);
}

/** Where the spans between were not seen: the leg of the same request or service that ran at that time. */
function likelyLeg(
  drafts: ReadonlyMap<string, RequestDraft>,
  legs: ReadonlyMap<string, LegDraft>,
  span: EngineSpan,
): LegDraft | undefined {
  const request = drafts.get(readText(span.attributes, "gen_ai.request.id") ?? "");
  const candidates = [...(request?.legs ?? legs).values()].filter((leg) => {
    const worker = leg.payload ?? leg.operation;
    return (
      worker !== undefined &&
      serviceOf(worker) === serviceOf(span) &&
      worker.startUnixNano <= span.startUnixNano &&
      span.startUnixNano <= worker.endUnixNano
    );
  });
  return candidates.length === 1 ? candidates[0] : undefined;
}

/** Finds the router's span of each worker and marks workers that called others for the same request. */
function linkRoutes(tree: SpanTree, drafts: ReadonlyMap<string, RequestDraft>): void {
  for (const draft of drafts.values()) {
    for (const leg of draft.legs.values()) {
      const above = leg.payload === undefined ? [] : ancestorsOf(tree, leg.payload);
      const route = above.slice(0, 1).find(isRoute);
      if (route !== undefined) leg.route = route;
      for (const outer of above.flatMap((span) => draft.legs.get(span.spanId) ?? [])) {
        outer.isOuter = true;
      }
    }
  }
}
