import { existsSync, readdirSync, readFileSync } from "node:fs";

const RECORDINGS = new URL("recordings/", import.meta.url);
// One recording's trace requests lie with the demo that plays them.
const DEMO_RECORDING = new URL("../packages/cli/recording/", import.meta.url);
const DEMO_NAME = "dynamo-mocker-disagg";

/** Names of the recordings of real engines. */
export const recordingNames: readonly string[] = readdirSync(RECORDINGS)
  .filter((name) => existsSync(new URL(`${name}/traces.otlp.jsonl`, RECORDINGS)))
  .sort();

/** A recording's export requests of one signal, protobuf, in the order they arrived. */
export function requestsOf(name: string, signal: "traces" | "metrics"): readonly Uint8Array[] {
  const isInDemo = name === DEMO_NAME && signal === "traces";
  const folder = isInDemo ? DEMO_RECORDING : new URL(`${name}/otlp/`, RECORDINGS);
  return readdirSync(folder)
    .filter((file) => file.includes(`-${signal}-`) && file.endsWith(".pb"))
    .sort()
    .map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
}

/** A recording's trace requests as OTLP/JSON, one a line. */
export function jsonLinesOf(name: string): readonly string[] {
  const text = readFileSync(new URL(`${name}/traces.otlp.jsonl`, RECORDINGS), "utf8");
  return text.trim().split("\n");
}
