import {
  ATTR_FOOTPRINT_DEVICE_IDS,
  ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS,
} from "@wattspan/semconv";
import { deriveSpanId } from "./derive-id.ts";
import type { PhaseName } from "./phase.ts";

/** What a span that marks a phase says of it. */
export interface MarkedPhase {
  readonly phase: PhaseName;
  /** Computed tokens; absent if unknown, NaN if implausible. */
  readonly processedTokens?: number | undefined;
  /** At least one. */
  readonly deviceIds?: readonly string[] | undefined;
  readonly intervalSource: string;
  /** The sender already gave figures: it counts as load and keeps them. */
  readonly isSettled: boolean;
  /** Charged only where the request has no phase of the serving side. */
  readonly isClientSide: boolean;
}

const PHASES: ReadonlySet<unknown> = new Set<PhaseName>([
  "prefill",
  "decode",
  "mixed",
  "kv_transfer",
]);

/** The phase that a value of `footprint.inference.phase` names; undefined for anything else. */
export function phaseNameOf(value: unknown): PhaseName | undefined {
  return PHASES.has(value) ? (value as PhaseName) : undefined;
}

/**
 * Reads a marked phase from attributes given by `read`; `keys` are all of them. Undefined where no phase is named, and
 * where no token was computed (except where none are meant, or figures are there).
 */
export function readMarkedPhase(
  read: (key: string) => unknown,
  keys: Iterable<string>,
): MarkedPhase | undefined {
  const phase = phaseNameOf(read(ATTR_FOOTPRINT_INFERENCE_PHASE));
  if (phase === undefined) return undefined;
  const processedTokens = tokensOf(read(ATTR_FOOTPRINT_INFERENCE_PROCESSED_TOKENS));
  const deviceIds = textsOf(read(ATTR_FOOTPRINT_DEVICE_IDS));
  const source = read(ATTR_FOOTPRINT_INFERENCE_INTERVAL_SOURCE);
  const intervalSource = typeof source === "string" && source !== "" ? source : "instrumentation";
  let isSettled = false;
  for (const key of keys) isSettled ||= key.startsWith("footprint.energy.");
  if (processedTokens === 0 && phase !== "kv_transfer" && !isSettled) return undefined;
  return {
    phase,
    processedTokens,
    deviceIds,
    intervalSource,
    isSettled,
    isClientSide: intervalSource.startsWith("client"),
  };
}

/** Who ran a phase, by the attributes of its span and of its resource; `-` where nothing says. */
export function workerNameOf(read: (key: string) => unknown): string {
  for (const key of ["instance_id", "service.instance.id", "service.name"]) {
    const value = read(key);
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "bigint" || typeof value === "boolean") return String(value);
    if (typeof value === "number" && Number.isFinite(value)) return String(value);
  }
  return "-";
}

/** Tells a marked phase from the others of its request. */
export function markedPhaseKey(phase: PhaseName, worker: string, spanId: string): string {
  return `${phase}/${worker}/${spanId}`;
}

/** Id under which a ledger knows a phase, 16 hex digits. */
export function phaseIdOf(traceId: string, requestId: string, key: string): string {
  return deriveSpanId(traceId, requestId, key);
}

/** 2^53 tokens or more are none that an engine computes in a phase. */
function tokensOf(value: unknown): number | undefined {
  const isNumeric = typeof value === "number" || typeof value === "bigint";
  const isText = typeof value === "string" && value.trim() !== "";
  const tokens = isNumeric || isText ? Number(value) : Number.NaN;
  if (!Number.isInteger(tokens) || tokens < 0) return undefined;
  return Number.isSafeInteger(tokens) ? tokens : Number.NaN;
}

function textsOf(value: unknown): readonly string[] | undefined {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.filter((item): item is string => typeof item === "string" && item !== "");
  return texts.length > 0 ? texts : undefined;
}
