import type { PhaseName } from "@wattspan/footprint";
import type { AttributeValue } from "@wattspan/otlp";
import type { DerivedPhase, DerivedRequest, Dialect, EngineSpan } from "./dialect.ts";
import { serviceOf } from "./dynamo-spans.ts";
import { compare } from "./order.ts";
import { readCount, readDurationNs, readText, readTokens } from "./read-attribute.ts";
import { ancestorsOf, growTree } from "./span-tree.ts";
import { cachedTokenKeys, completionTokenKeys, promptTokenKeys } from "./vllm-times.ts";
import { identityMapsOf, mergeIdentity } from "./worker-identity.ts";

const SCOPE = "sglang server";
const REQUEST_KEY = "rid";
const THREAD_KEY = "thread_label";

/** Stages of a scheduler that are phases; the others are waiting and bookkeeping. */
const stages: ReadonlyMap<string, PhaseName> = new Map([
  ["prefill_forward", "prefill"],
  ["decode_forward", "decode"],
  ["prefill_transfer_kv_cache", "kv_transfer"],
  ["decode_transferred", "kv_transfer"],
]);

/** What tells ranks of one request apart, and not their worker: all ranks are one worker. */
const rankKeys: ReadonlySet<string> = new Set([THREAD_KEY, "pid", "pp_rank", "tp_rank"]);

/** A span of a stage, the scheduler it ran in, and its server's span of the request. */
interface Stage {
  readonly span: EngineSpan;
  readonly phase: PhaseName;
  readonly thread?: EngineSpan;
  readonly root: EngineSpan;
}

/** SGLang: a span per stage and rank below each server's span of the request. */
export const sglang: Dialect = {
  name: "sglang",
  recordings: ["sglang-shape"],
  intervalSources: ["sglang_stage", "sglang_latency"],
  spanNames: [...stages.keys()],
  markerKeys: [REQUEST_KEY, THREAD_KEY],
  derive(spans: readonly EngineSpan[]): readonly DerivedRequest[] {
    const tree = growTree(spans);
    const byRequest = new Map<string, { roots: EngineSpan[]; stages: Stage[] }>();
    const rootless = new Set<string>();
    for (const span of tree.spans.filter(isOwn)) {
      const above = ancestorsOf(tree, span);
      const root = isRequest(span) ? span : above.find(isRequest);
      if (root === undefined) {
        rootless.add((above.at(-1) ?? span).parentSpanId);
        continue;
      }
      const id = requestIdOf(root);
      const request = byRequest.get(id) ?? { roots: [], stages: [] };
      byRequest.set(id, request);
      if (root === span) request.roots.push(span);
      const phase = stages.get(span.name);
      const thread = above.find(({ attributes }) => attributes.has(THREAD_KEY));
      if (phase !== undefined) {
        request.stages.push({ span, phase, root, ...(thread === undefined ? {} : { thread }) });
      }
    }
    const waiting = [...rootless].map((requestId) => ({ requestId, isOpen: true, phases: [] }));
    const seen = [...byRequest].map(([id, request]) => deriveRequest(id, request));
    return [...seen, ...waiting].sort((a, b) => compare(a.requestId, b.requestId));
  },
};

function isOwn(span: EngineSpan): boolean {
  return span.scopeName === SCOPE && !span.attributes.has("footprint.inference.phase");
}

function isRequest(span: EngineSpan): boolean {
  return isOwn(span) && span.attributes.has(REQUEST_KEY);
}

/** Prefill and decode servers know a request by different ids and meet in one room. */
function requestIdOf({ attributes, spanId }: EngineSpan): string {
  return readText(attributes, "bootstrap_room") ?? readText(attributes, REQUEST_KEY) ?? spanId;
}

/** The server's part: `prefill`, `decode`, or empty where it does both. */
function roleOf(root: EngineSpan): string {
  return root.name.slice(0, root.name.indexOf(" "));
}

function deriveRequest(
  requestId: string,
  { roots, stages }: { readonly roots: readonly EngineSpan[]; readonly stages: readonly Stage[] },
): DerivedRequest {
  const stageless = roots.filter((span) => !stages.some((stage) => isForward(stage, span)));
  const root = roots.find((span) => roleOf(span) === "decode") ?? roots[0];
  const model = root && readText(root.attributes, "gen_ai.response.model");
  const keys = new Map<string, number>();
  return {
    requestId,
    ...(root === undefined ? {} : { rootSpanId: root.spanId }),
    ...(model === undefined ? {} : { model }),
    isOpen: isHalf(roots),
    phases: [
      ...ofFirstRank(stages).flatMap((stage, _, all) => derivePhase(stage, all, keys)),
      ...stageless.flatMap((span) => toldPhases(span, keys)),
    ].sort((a, b) => compare(a.startUnixNano, b.startUnixNano) || compare(a.key, b.key)),
  };
}

function isForward({ root, phase }: Stage, span: EngineSpan): boolean {
  return root === span && phase !== "kv_transfer";
}

/** One of two servers has reported; the other's spans come in this trace only where a caller's context reached it. */
function isHalf(roots: readonly EngineSpan[]): boolean {
  const roles = new Set(roots.map(roleOf));
  return (
    roots.some(({ parentSpanId }) => parentSpanId !== "") &&
    roles.has("prefill") !== roles.has("decode")
  );
}

/** Ranks run in step: the first rank's spans are the request's time, and all ranks its devices. */
function ofFirstRank(all: readonly Stage[]): readonly Stage[] {
  const first = new Map<string, number>();
  const groupOf = ({ root, span }: Stage): string => `${root.spanId} ${span.name}`;
  for (const stage of all) {
    const rank = rankOf(stage);
    const known = first.get(groupOf(stage));
    if (known === undefined || rank < known) first.set(groupOf(stage), rank);
  }
  return all.filter((stage) => rankOf(stage) === first.get(groupOf(stage)));
}

/** Pipeline rank before tensor rank; neither reaches 2^20. */
function rankOf({ thread }: Stage): number {
  const read = (key: string): number =>
    (thread && readCount(thread.attributes, [key])) ?? 2 ** 20 - 1;
  return read("pp_rank") * 2 ** 20 + read("tp_rank");
}

function derivePhase(
  stage: Stage,
  all: readonly Stage[],
  keys: Map<string, number>,
): readonly DerivedPhase[] {
  const { span, phase } = stage;
  const processedTokens = tokensOf(stage, all);
  if (span.endUnixNano <= span.startUnixNano || processedTokens === 0) return [];
  return [
    {
      phase,
      key: keyOf(span, phase, keys),
      parentSpanId: stage.root.spanId,
      startUnixNano: span.startUnixNano,
      endUnixNano: span.endUnixNano,
      ...(processedTokens === undefined ? {} : { processedTokens }),
      includesQueueing: false,
      intervalSource: "sglang_stage",
      worker: workerOf(stage),
    },
  ];
}

/**
 * A server whose scheduler says nothing (several tokenizer workers lose its spans) still tells the first and the last token.
 * What it calls prefill includes waiting, and all of it is waiting on a decode server.
 */
function toldPhases(root: EngineSpan, keys: Map<string, number>): readonly DerivedPhase[] {
  const seconds = (name: string): bigint | undefined =>
    readDurationNs(root.attributes, `gen_ai.latency.${name}`, 1);
  const e2eNs = seconds("e2e");
  const decodeNs = seconds("time_in_model_decode");
  const prefillNs = seconds("time_in_model_prefill");
  if (e2eNs === undefined || decodeNs === undefined || prefillNs === undefined) return [];
  const endNs = root.startUnixNano + e2eNs;
  const firstTokenNs = endNs - decodeNs;
  const windows = [
    ["prefill", firstTokenNs - prefillNs, firstTokenNs],
    ["decode", firstTokenNs, endNs],
  ] as const;
  const role = roleOf(root);
  return windows.flatMap(([phase, startUnixNano, endUnixNano]) => {
    const processedTokens = countedTokens(root, phase);
    const isElsewhere = role !== "" && role !== phase;
    if (isElsewhere || endUnixNano <= startUnixNano || processedTokens === 0) return [];
    return [
      {
        phase,
        key: keyOf(root, phase, keys),
        parentSpanId: root.spanId,
        startUnixNano,
        endUnixNano,
        ...(processedTokens === undefined ? {} : { processedTokens }),
        includesQueueing: phase === "prefill",
        intervalSource: "sglang_latency",
        worker: mergeIdentity([root.resourceAttributes]),
      },
    ];
  });
}

/** A stage that ran again has a key of its own; the two ends of a transfer are told apart by their names. */
function keyOf(span: EngineSpan, phase: PhaseName, keys: Map<string, number>): string {
  const part = phase === "kv_transfer" ? span.name : "0";
  const key = `${phase}/${serviceOf(span) ?? "-"}/${part}`;
  const count = (keys.get(key) ?? 0) + 1;
  keys.set(key, count);
  return count === 1 ? key : `${key}.${count}`;
}

/** Unknown where a request that was retracted ran the same stage again: only the sum is told. */
function tokensOf({ root, span, phase }: Stage, all: readonly Stage[]): number | undefined {
  const runs = all.filter((other) => other.root === root && other.span.name === span.name);
  return runs.length > 1 || phase === "kv_transfer" ? undefined : countedTokens(root, phase);
}

/** Prompt minus cached, or completion minus the token that prefill made. */
function countedTokens({ attributes }: EngineSpan, phase: PhaseName): number | undefined {
  const isPrefill = phase === "prefill";
  const whole = readTokens(attributes, isPrefill ? promptTokenKeys : completionTokenKeys);
  const less = isPrefill ? (readTokens(attributes, cachedTokenKeys) ?? 0) : 1;
  return whole === undefined ? undefined : Math.max(0, whole - less);
}

function workerOf({ span, thread }: Stage): ReadonlyMap<string, AttributeValue> {
  const worker = mergeIdentity(identityMapsOf(thread === undefined ? [span] : [thread, span]));
  return new Map([...worker].filter(([key]) => !rankKeys.has(key)));
}
