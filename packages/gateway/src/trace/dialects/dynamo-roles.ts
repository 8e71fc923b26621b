import type { EngineSpan } from "./dialect.ts";
import type { DynamoLeg, DynamoRequest } from "./dynamo-legs.ts";
import { serviceOf } from "./dynamo-spans.ts";
import { readCount, readText } from "./read-attribute.ts";

/** What a worker did in a request. */
type LegRole = "prefill" | "decode" | "aggregated";

/** A leg with its part in the request. */
export interface ResolvedLeg {
  readonly leg: DynamoLeg;
  readonly role: LegRole;
  /** Worker instance id, else its service. */
  readonly worker: string;
  /** Instance id where it is known, from the worker's span or the frontend's. */
  readonly instanceId?: string;
  readonly route?: EngineSpan;
  /** Counts up when a request migrates to another worker. */
  readonly attempt: number;
}

/** Gives each worker of a request its role; a leg that only passed the request on is left out. */
export function resolveLegs(request: DynamoRequest): readonly ResolvedLeg[] {
  const told = request.legs.map((leg) => ({ leg, role: toldRole(request, leg) }));
  const isSplit = told.some(({ role }) => role === "prefill");
  const resolved: ResolvedLeg[] = [];
  for (const { leg, role } of told) {
    if (role !== undefined) resolved.push(resolveLeg(request, leg, role));
    else if (!leg.isOuter) {
      resolved.push(resolveLeg(request, leg, isSplit ? "decode" : "aggregated"));
    }
  }
  return resolved;
}

/** The role that some span tells; undefined where none does. */
function toldRole(request: DynamoRequest, leg: DynamoLeg): LegRole | undefined {
  return (
    roleNamed(leg.route && readText(leg.route.attributes, "phase")) ??
    lifecycleRole(leg.operation) ??
    lifecycleRole(leg.admission) ??
    roleNamed(leg.engine && readText(leg.engine.attributes, "disagg_role")) ??
    roleByInstance(request, leg) ??
    (leg.payload && readText(leg.payload.attributes, "component") === "prefill"
      ? "prefill"
      : undefined)
  );
}

function roleNamed(name: string | undefined): LegRole | undefined {
  const lower = name?.toLowerCase();
  return lower === "prefill" || lower === "decode" || lower === "aggregated" ? lower : undefined;
}

/** An operation without a role may be aggregated or just not say. */
function lifecycleRole(span: EngineSpan | undefined): LegRole | undefined {
  if (span === undefined) return undefined;
  return (
    roleNamed(readText(span.attributes, "dynamo.operation.role")) ??
    roleNamed(span.name.split(".")[2])
  );
}

/** Compares the worker with those that the frontend reports for prefill and decode. */
function roleByInstance(request: DynamoRequest, leg: DynamoLeg): LegRole | undefined {
  const instance = leg.payload && readText(leg.payload.attributes, "instance_id");
  if (instance === undefined || request.http === undefined) return undefined;
  const prefillWorker = readText(request.http.attributes, "prefill_worker_id");
  const decodeWorker = readText(request.http.attributes, "decode_worker_id");
  if (instance === prefillWorker) return instance === decodeWorker ? "aggregated" : "prefill";
  return instance === decodeWorker && prefillWorker !== undefined ? "decode" : undefined;
}

function resolveLeg(request: DynamoRequest, leg: DynamoLeg, role: LegRole): ResolvedLeg {
  const route = leg.route ?? looseRoute(request, leg, role);
  const instanceId =
    (leg.payload && readText(leg.payload.attributes, "instance_id")) ??
    (route && readText(route.attributes, "worker_id")) ??
    (leg.payload === undefined && request.legs.length <= 2
      ? reportedWorker(request, role)
      : undefined);
  const own = leg.payload ?? leg.operation ?? leg.admission;
  return {
    leg,
    role,
    worker: instanceId ?? (own && serviceOf(own)) ?? "-",
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(route === undefined ? {} : { route }),
    attempt: (route && readCount(route.attributes, ["request.attempt"])) ?? 0,
  };
}

/** Where `handle_payload` was not seen: the one route of this phase that no other leg took. */
function looseRoute(request: DynamoRequest, leg: DynamoLeg, role: LegRole): EngineSpan | undefined {
  if (leg.payload !== undefined) return undefined;
  const taken = new Set(request.legs.map((other) => other.route?.spanId));
  const loose = request.routes.filter(
    (route) => !taken.has(route.spanId) && roleNamed(readText(route.attributes, "phase")) === role,
  );
  return loose.length === 1 ? loose[0] : undefined;
}

function reportedWorker(request: DynamoRequest, role: LegRole): string | undefined {
  const key = role === "prefill" ? "prefill_worker_id" : "decode_worker_id";
  return request.http && readText(request.http.attributes, key);
}
