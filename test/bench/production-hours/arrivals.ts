import { existsSync, readFileSync } from "node:fs";

/** One request as production saw it. */
export interface Arrival {
  /** Since the recording's start, ms. */
  readonly atMs: number;
  readonly promptTokens: number;
  /** Of the prompt, found in the prefix cache. */
  readonly cachedTokens: number;
  /** At least 1. */
  readonly outputTokens: number;
}

/** A recorded hour of arrivals. */
export interface ProductionTrace {
  readonly name: string;
  readonly isThere: boolean;
  read(): readonly Arrival[];
}

// Beside the project; compiled, this file lies one folder deeper.
const DATA = ["../../../../shared/data/", "../../../../../shared/data/"].map(
  (path) => new URL(path, import.meta.url),
);
/** Mooncake's ids stand for blocks of this many tokens. */
const BLOCK_TOKENS = 512;

/** The production hours beside the project; their folders are absent on most machines. */
export const productionTraces: readonly ProductionTrace[] = [
  trace("azure code", "azure-llm-2023/AzureLLMInferenceTrace_code.csv", readAzure),
  trace("azure conversation", "azure-llm-2023/AzureLLMInferenceTrace_conv.csv", readAzure),
  trace("mooncake conversation", "mooncake/mooncake_conversation_trace.jsonl", readMooncake),
];

function trace(
  name: string,
  file: string,
  parse: (lines: readonly string[]) => readonly Arrival[],
): ProductionTrace {
  const [near, far] = DATA.map((folder) => new URL(file, folder)) as [URL, URL];
  const url = existsSync(near) ? near : far;
  return {
    name,
    isThere: existsSync(url),
    read: () => parse(readFileSync(url, "utf8").split(/\r?\n/).filter(Boolean)),
  };
}

function readAzure(lines: readonly string[]): readonly Arrival[] {
  const rows = lines.slice(1).map((line) => {
    const [time = "", prompt, output] = line.split(",");
    return {
      // To the millisecond: dates do not read 100 ns.
      atMs: Date.parse(`${time.slice(0, 23).replace(" ", "T")}Z`),
      promptTokens: Number(prompt),
      cachedTokens: 0,
      outputTokens: Math.max(1, Number(output)),
    };
  });
  const first = rows[0]?.atMs ?? 0;
  return rows.map((row) => ({ ...row, atMs: row.atMs - first }));
}

/** Every block seen before is in the cache for good. */
function readMooncake(lines: readonly string[]): readonly Arrival[] {
  const seen = new Set<number>();
  return lines.map((line) => {
    const row = JSON.parse(line) as {
      readonly timestamp: number;
      readonly input_length: number;
      readonly output_length: number;
      readonly hash_ids: readonly number[];
    };
    let hits = 0;
    while (hits < row.hash_ids.length && seen.has(row.hash_ids[hits] as number)) hits++;
    for (const id of row.hash_ids) seen.add(id);
    return {
      atMs: row.timestamp,
      promptTokens: row.input_length,
      // The last token is always computed.
      cachedTokens: Math.min(row.input_length - 1, hits * BLOCK_TOKENS),
      outputTokens: Math.max(1, row.output_length),
    };
  });
}
