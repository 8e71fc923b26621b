import type { Dialect } from "./dialect.ts";
import { dynamo } from "./dynamo.ts";
import { footprint } from "./footprint.ts";
import { vllm } from "./vllm.ts";

/** Dialects that read an engine's own spans; no two claim the same span. */
export const ENGINE_DIALECTS: readonly Dialect[] = [dynamo, vllm];

/** Reads the spans that say themselves which phase they are. */
export const MARKED_DIALECT: Dialect = footprint;

const all = [...ENGINE_DIALECTS, MARKED_DIALECT];

/** Names of the spans that are held back until their trace is whole. */
export const HELD_SPAN_NAMES: readonly string[] = [...new Set(all.flatMap((d) => d.spanNames))];

/** Attribute keys that mark a span as one to hold back, whatever its name. */
export const MARKER_KEYS: readonly string[] = [...new Set(all.flatMap((d) => d.markerKeys))];

/** Names of the spans whose events are read. */
export const EVENT_SPAN_NAMES: ReadonlySet<string> = new Set(
  all.flatMap(({ eventSpanNames = [] }) => eventSpanNames),
);
