import type { Instant } from "../instant.ts";
import type { EngineCount, EngineSample } from "./engine-count.ts";

/** A counter as an engine names it, without `_total`; `only` is a label and the value that it must have. */
interface Term {
  readonly name: string;
  readonly only?: readonly [label: string, value: string];
}

/** What is added and taken away, where the first of the added ones is there. */
interface Sum {
  readonly plus: Term;
  readonly minus: readonly Term[];
}

/** How one engine counts; of several ways the first that it has counts. */
interface EngineTable {
  readonly engine: string;
  readonly prefill: readonly Sum[];
  readonly decode: readonly Sum[];
  readonly running: Term;
  /** Label of the data-parallel rank. */
  readonly rank: string;
  readonly model: string;
  /** Labels that tell what is pooled, the first that is there. */
  readonly pool: readonly string[];
}

const sum = (plus: string | Term, ...minus: readonly string[]): Sum => ({
  plus: typeof plus === "string" ? { name: plus } : plus,
  minus: minus.map((name) => ({ name })),
});
const realtime = (mode: string): Sum =>
  sum({ name: "sglang:realtime_tokens", only: ["mode", mode] });

/**
 * vLLM 0.31, 0.32 as recorded (V1 counts a prompt when its prefill is done); SGLang 0.5.21 from its source and pages:
 * `realtime_tokens` runs with the scheduler, the others count a request when it is done. Dynamo shows the engine's own.
 */
const TABLES: readonly EngineTable[] = [
  {
    engine: "vllm",
    prefill: [
      sum({ name: "vllm:prompt_tokens_by_source", only: ["source", "local_compute"] }),
      sum("vllm:prompt_tokens", "vllm:prompt_tokens_cached"),
    ],
    decode: [
      sum("vllm:generation_tokens", "vllm:time_to_first_token_seconds_count"),
      sum("vllm:generation_tokens", "vllm:request_success"),
    ],
    running: { name: "vllm:num_requests_running" },
    rank: "engine",
    model: "model_name",
    pool: ["dynamo_component", "engine_type"],
  },
  {
    engine: "sglang",
    prefill: [realtime("prefill_compute"), sum("sglang:prompt_tokens", "sglang:cached_tokens")],
    decode: [realtime("decode"), sum("sglang:generation_tokens", "sglang:num_requests")],
    running: { name: "sglang:num_running_reqs" },
    rank: "dp_rank",
    model: "model_name",
    pool: ["dynamo_component", "engine_type"],
  },
];

/** Labels that tell parts of one engine's work apart, not engines. */
const PART_LABELS: ReadonlySet<string> = new Set([
  "finished_reason",
  "le",
  "mode",
  "quantile",
  "reason",
  "source",
]);
/** Ranks that do the same work together: where all of them count, one stands for all. */
const TWIN_LABELS: ReadonlySet<string> = new Set(["tp_rank", "pp_rank", "moe_ep_rank"]);

const termsOf = ({ prefill, decode, running }: EngineTable): readonly Term[] => [
  running,
  ...[...prefill, ...decode].flatMap(({ plus, minus }) => [plus, ...minus]),
];

/** What a metric is to the engine that counts by it. */
interface Wanted {
  readonly table: EngineTable;
  /** Those of the engine's terms that the metric is. */
  readonly terms: readonly Term[];
}

/** By the metric's name, with `_total` and without. */
const WANTED: ReadonlyMap<string, Wanted> = new Map(
  TABLES.flatMap((table) =>
    termsOf(table).flatMap(({ name }) => {
      const wanted = { table, terms: termsOf(table).filter((term) => term.name === name) };
      return [[name, wanted] as const, [`${name}_total`, wanted] as const];
    }),
  ),
);

/** Whether a metric is one that engines count their work by. */
export function isEngineMetric(name: string): boolean {
  return WANTED.has(name);
}

/** One engine's samples: totals by metric and, where it matters, by the value of a label. */
interface Seen {
  readonly table: EngineTable;
  readonly worker: ReadonlyMap<string, string>;
  /** By metric and part, then by twin. */
  readonly values: Map<string, Map<string, number>>;
}

/** What the engines of one scrape have computed; an engine that does not tell of all three is left out. */
export function readEngineCounts(samples: Iterable<EngineSample>, at: Instant): EngineCount[] {
  const engines = new Map<string, Seen>();
  for (const sample of samples) {
    const wanted = WANTED.get(sample.name);
    if (wanted === undefined || !(sample.value >= 0)) continue;
    const { table, terms } = wanted;
    const { source, worker, twin } = ownerOf(table, sample);
    const seen = engines.get(source) ?? { table, worker, values: new Map() };
    engines.set(source, seen);
    const term = terms.find(({ only }) => only === undefined || sample.label(only[0]) === only[1]);
    if (term !== undefined) add(seen, keyOf(term), twin, sample.value);
  }
  return [...engines].flatMap(([source, seen]) => countOf(source, seen, at) ?? []);
}

/** Which engine's the sample is, by its labels, and which of its twins'. */
function ownerOf(
  { engine }: EngineTable,
  { labels }: EngineSample,
): {
  readonly source: string;
  readonly worker: ReadonlyMap<string, string>;
  readonly twin: string;
} {
  const worker = new Map<string, string>();
  const twin: string[] = [];
  for (const [key, value] of labels) {
    if (TWIN_LABELS.has(key)) twin.push(`${key}=${value}`);
    else if (!PART_LABELS.has(key) && value !== "") worker.set(key, value);
  }
  const names = [...worker].sort(([a], [b]) => (a < b ? -1 : 1));
  return { source: JSON.stringify([engine, ...names]), worker, twin: twin.sort().join() };
}

/** A value is added up by the term that wants it. */
function add({ values }: Seen, key: string, twin: string, value: number): void {
  const twins = values.get(key) ?? new Map<string, number>();
  values.set(key, twins);
  twins.set(twin, (twins.get(twin) ?? 0) + value);
}

function countOf(source: string, seen: Seen, at: Instant): EngineCount | undefined {
  const { table, worker } = seen;
  const running = countedBy(seen, table.running);
  const prefillTokens = firstOf(seen, table.prefill);
  const decodeTokens = firstOf(seen, table.decode);
  if (running === undefined || prefillTokens === undefined || decodeTokens === undefined) {
    return undefined;
  }
  const model = worker.get(table.model);
  const pool = table.pool.map((key) => worker.get(key)).find((value) => value !== undefined);
  return {
    source,
    at,
    ...(model === undefined ? {} : { model }),
    ...(pool === undefined ? {} : { pool }),
    prefillTokens,
    decodeTokens,
    running,
    worker: identityOf(worker, table.rank),
  };
}

/** Twins count the same; the one that is ahead has it latest. */
function countedBy({ values }: Seen, term: Term): number | undefined {
  const twins = values.get(keyOf(term));
  return twins === undefined ? undefined : Math.max(...twins.values());
}

/** A way needs all its counters, but the last way only its first. */
function firstOf(seen: Seen, sums: readonly Sum[]): number | undefined {
  for (const [index, { plus, minus }] of sums.entries()) {
    const whole = countedBy(seen, plus);
    const less = minus.map((term) => countedBy(seen, term));
    const isLast = index === sums.length - 1;
    if (whole === undefined || (!isLast && less.includes(undefined))) continue;
    return Math.max(
      0,
      less.reduce<number>((rest, value) => rest - (value ?? 0), whole),
    );
  }
  return undefined;
}

/** Spans know a Dynamo worker by the decimal number that its metrics write in hexadecimal. */
function identityOf(
  labels: ReadonlyMap<string, string>,
  rank: string,
): ReadonlyMap<string, string> {
  const identity = new Map(labels);
  const workerId = labels.get("worker_id");
  if (workerId !== undefined && /^[0-9a-f]{8,16}$/.test(workerId)) {
    identity.set("instance_id", BigInt(`0x${workerId}`).toString());
  }
  const rankValue = labels.get(rank);
  if (rankValue !== undefined) identity.set("dp_rank", rankValue);
  return identity;
}

const keyOf = ({ name, only }: Term): string => (only === undefined ? name : `${name} ${only[1]}`);
