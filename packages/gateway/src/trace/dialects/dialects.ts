import type { Dialect } from "./dialect.ts";
import { dynamo } from "./dynamo.ts";
import { footprint } from "./footprint.ts";
import { llmD } from "./llm-d.ts";
import { sglang } from "./sglang.ts";
import { trtllm } from "./trtllm.ts";
import { vllm } from "./vllm.ts";
import { vllmPhases } from "./vllm-phases.ts";

/** Dialects that read engines' own spans, by quality: a later layer replaces what it tells of better. */
export const ENGINE_LAYERS: readonly (readonly Dialect[])[] = [
  [llmD],
  [dynamo, vllm, trtllm],
  [sglang, vllmPhases],
];

/** Reads the spans that say themselves which phase they are. */
export const MARKED_DIALECT: Dialect = footprint;

/** Every dialect. */
export const DIALECTS: readonly Dialect[] = [...ENGINE_LAYERS.flat(), MARKED_DIALECT];

/** Names of the dialects of engines that were never recorded. */
export const UNVERIFIED_DIALECTS: ReadonlySet<string> = new Set(
  ENGINE_LAYERS.flat()
    .filter(({ recordings }) => recordings.length === 0)
    .map(({ name }) => name),
);

/** Keys of spans whose parent takes the roll-up and is held too. */
export const PARENT_KEYS: readonly string[] = MARKED_DIALECT.markerKeys;

/** Names of the spans that are held back until their trace is whole. */
export const HELD_SPAN_NAMES: readonly string[] = [
  ...new Set(DIALECTS.flatMap((d) => d.spanNames)),
];

/** Attribute keys that mark a span as one to hold back, whatever its name; `PARENT_KEYS` first. */
export const MARKER_KEYS: readonly string[] = [
  ...new Set([...PARENT_KEYS, ...DIALECTS.flatMap((d) => d.markerKeys)]),
];

/** Names of the spans whose events are read. */
export const EVENT_SPAN_NAMES: ReadonlySet<string> = new Set(
  DIALECTS.flatMap(({ eventSpanNames = [] }) => eventSpanNames),
);
