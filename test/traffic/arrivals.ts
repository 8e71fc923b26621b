import { existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

/** One request as it reaches a serving fleet. */
export interface Arrival {
  /** Since the trace began, ms. */
  readonly atMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Production request traces, beside the project on some machines; suites and benches run in its root. */
const DATA = new URL("../shared/data/", pathToFileURL(`${process.cwd()}/`));

/** Arrivals of Azure's hour (`code` or `conv`, 2023, CC BY 4.0), or undefined where the trace is absent. */
export function readAzure(name: "code" | "conv"): readonly Arrival[] | undefined {
  const file = new URL(`azure-llm-2023/AzureLLMInferenceTrace_${name}.csv`, DATA);
  if (!existsSync(file)) return undefined;
  const rows = readFileSync(file, "utf8").trim().split("\n").slice(1);
  const arrivals = rows.map((row) => {
    const [time = "", input, output] = row.split(",");
    return {
      atMs: Date.parse(`${time.slice(0, 23).replace(" ", "T")}Z`),
      inputTokens: Number(input),
      outputTokens: Number(output),
    };
  });
  const first = arrivals[0]?.atMs ?? 0;
  return arrivals.map((arrival) => ({ ...arrival, atMs: arrival.atMs - first }));
}

/** Arrivals of Mooncake's conversation hour (FAST 2025, Apache-2.0), or undefined where the trace is absent. */
export function readMooncake(): readonly Arrival[] | undefined {
  const file = new URL("mooncake/mooncake_conversation_trace.jsonl", DATA);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>)
    .map((row) => ({
      atMs: row["timestamp"] ?? 0,
      inputTokens: row["input_length"] ?? 0,
      outputTokens: row["output_length"] ?? 0,
    }));
}
