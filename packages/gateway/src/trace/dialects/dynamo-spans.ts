import type { EngineSpan } from "./dialect.ts";
import { readText } from "./read-attribute.ts";
import { ancestorsOf, type SpanTree } from "./span-tree.ts";
import { VLLM_SPAN_NAME } from "./vllm-times.ts";

export const HTTP_REQUEST = "http-request";
export const HANDLE_PAYLOAD = "handle_payload";
export const ENGINE_GENERATE = "engine.generate";
/** Starts at the first token that the frontend sees. */
export const RESPONSE_STREAMING = "response.streaming";
export const WORKER_ADMISSION = "worker.admission";
/** The frontend's span around a request; its events name the model. */
export const REQUEST_LIFECYCLE = "request.lifecycle";

const routeNames = ["kv_router.route_request", "router.route_request"];
const operationNames = ["worker.operation", "worker.operation.prefill", "worker.operation.decode"];
const legNames = [
  "request.dispatch",
  "response.streaming.prefill",
  "response.streaming.decode",
  "response.streaming.worker",
];
const frontendNames = [
  REQUEST_LIFECYCLE,
  "request.preprocessing",
  "kv_router.select_worker",
  "kv_router.compute_block_hashes",
  "kv_router.compute_seq_hashes",
  "kv_router.find_matches",
  "kv_router.schedule",
];

/** Names of Dynamo's spans of a request; all are held so that a trace leaves together. */
export const dynamoSpanNames: readonly string[] = [
  HTTP_REQUEST,
  HANDLE_PAYLOAD,
  ENGINE_GENERATE,
  RESPONSE_STREAMING,
  WORKER_ADMISSION,
  ...routeNames,
  ...operationNames,
  ...legNames,
  ...frontendNames,
];

const knownNames: ReadonlySet<string> = new Set(dynamoSpanNames);

/** A router's span: one per phase and attempt, parent of the worker's span. */
export function isRoute(span: EngineSpan): boolean {
  return routeNames.includes(span.name);
}

/** A lifecycle span around a worker's whole operation. */
export function isOperation(span: EngineSpan): boolean {
  return operationNames.includes(span.name);
}

/** A span of Dynamo's; names that others use too count only with Dynamo's request id. */
export function isDynamoSpan(span: EngineSpan): boolean {
  if (span.name === HTTP_REQUEST || span.name === HANDLE_PAYLOAD) {
    return span.attributes.has("request_id");
  }
  return knownNames.has(span.name);
}

/** The request that a span names itself, or undefined. */
export function ownRequestId(span: EngineSpan): string | undefined {
  return isDynamoSpan(span)
    ? (readText(span.attributes, "dynamo.request.id") ?? readText(span.attributes, "request_id"))
    : undefined;
}

/** Says that a request is one, apart from its `http-request`: health checks have no such span. */
export function provesRequest(span: EngineSpan): boolean {
  return isRoute(span) || (isDynamoSpan(span) && span.attributes.has("dynamo.request.id"));
}

/** A vLLM span that carries no phase mark of its own. */
export function isVllmSpan(span: EngineSpan): boolean {
  return span.name === VLLM_SPAN_NAME && !span.attributes.has("footprint.inference.phase");
}

/**
 * The vLLM spans of a trace that ran inside Dynamo workers: below a Dynamo span, or with a Dynamo request's
 * id or a Dynamo worker's service name where the spans between have not been seen.
 */
export function findVllmUnderDynamo(tree: SpanTree): readonly EngineSpan[] {
  const requestIds = new Set<string>();
  const services = new Set<string>();
  for (const span of tree.spans) {
    const id = ownRequestId(span);
    const service = serviceOf(span);
    if (id !== undefined) requestIds.add(id);
    if (id !== undefined && service !== undefined && isWorkerSpan(span)) services.add(service);
  }
  return tree.spans.filter(
    (span) =>
      isVllmSpan(span) &&
      (ancestorsOf(tree, span).some(isDynamoSpan) ||
        requestIds.has(readText(span.attributes, "gen_ai.request.id") ?? "") ||
        services.has(serviceOf(span) ?? "")),
  );
}

/** `service.name` of a span's resource. */
export function serviceOf(span: EngineSpan): string | undefined {
  return readText(span.resourceAttributes, "service.name");
}

function isWorkerSpan(span: EngineSpan): boolean {
  return span.name === HANDLE_PAYLOAD || span.name === WORKER_ADMISSION || isOperation(span);
}
