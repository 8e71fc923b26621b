import {
  type AttributeValue,
  attributeOf,
  type SpanTable,
  spanIdOf,
  startUnixNanoOf,
} from "@wattspan/otlp";
import type { EngineSpan } from "./dialects/dialect.ts";
import type { TracedPhase, TraceRecord } from "./trace-record.ts";

/** Most attribute keys that dimensions can be read from: the scanner looks for 32, two a key and three of our own. */
export const MAX_DIMENSION_KEYS = 14;

/** Distinct values of one dimension that are kept apart; the rest is `other`. */
const MAX_VALUES = 1000;
/** The attribute of a captured header: W3C baggage as it came in. */
const BAGGAGE_HEADER = "http.request.header.baggage";

/** A dimension's value on a span that is not held: of several the one of the earliest span counts. */
export interface NotedDimension {
  readonly text: string;
  readonly startUnixNano: bigint;
  readonly spanId: string;
}

/** Reads dimensions, such as the tenant, from the spans of a request. */
export interface DimensionReader {
  /** Attribute keys that spans are looked up for. */
  readonly keys: readonly string[];
  /** Notes what span `i`, which is not held, says about its trace. */
  note(table: SpanTable, i: number, record: TraceRecord): void;
  /** Dimensions of a phase, by name: its own span's, the nearest above's, its request's, its trace's. */
  valuesOf(record: TraceRecord, phase: TracedPhase): ReadonlyMap<string, string>;
}

/**
 * Creates the reader of configured dimensions. A key is looked for as it is, as `baggage.<key>`, and in the baggage
 * header that an HTTP instrumentation captured.
 */
export function createDimensionReader(
  dimensions: ReadonlyMap<string, readonly string[]>,
): DimensionReader {
  const known = new Map<string, Set<string>>();

  /** One of a bounded number of texts. */
  function bounded(dimension: string, text: string): string {
    const values = known.get(dimension) ?? new Set<string>();
    known.set(dimension, values);
    if (values.size < MAX_VALUES) values.add(text);
    return values.has(text) ? text : "other";
  }

  function textOn(record: TraceRecord, phase: TracedPhase, keys: readonly string[]) {
    const read = (span: EngineSpan): string | undefined =>
      readDimension((key) => span.attributes.get(key), keys);
    const lineage = lineageOf(record, phase.derived.spanId ?? phase.derived.parentSpanId);
    for (const span of lineage) {
      const text = read(span);
      if (text !== undefined) return text;
    }
    const top = lineage.at(-1);
    if (top === undefined) return undefined;
    const others = [...record.spans.values()].filter(
      (span) => read(span) !== undefined && lineageOf(record, span.spanId).at(-1) === top,
    );
    const first = others.sort(compareSpans)[0];
    return first && read(first);
  }

  return {
    keys: [
      ...new Set([...dimensions.values()].flat().flatMap((key) => [key, `baggage.${key}`])),
      ...(dimensions.size === 0 ? [] : [BAGGAGE_HEADER]),
    ],
    note(table, i, record) {
      for (const [dimension, keys] of dimensions) {
        const text = readDimension((key) => attributeOf(table, i, key), keys);
        if (text === undefined) continue;
        const noted = {
          text,
          startUnixNano: startUnixNanoOf(table, i),
          spanId: spanIdOf(table, i),
        };
        const before = record.dimensions.get(dimension);
        if (before === undefined || compareSpans(noted, before) < 0)
          record.dimensions.set(dimension, noted);
      }
    },
    valuesOf(record, phase) {
      const values = new Map<string, string>();
      for (const [dimension, keys] of dimensions) {
        const text = textOn(record, phase, keys) ?? record.dimensions.get(dimension)?.text;
        if (text !== undefined) values.set(dimension, bounded(dimension, text));
      }
      return values;
    },
  };
}

function readDimension(
  look: (key: string) => AttributeValue | undefined,
  keys: readonly string[],
): string | undefined {
  const header = look(BAGGAGE_HEADER);
  const baggage = header === undefined ? undefined : parseBaggage(header);
  for (const key of keys) {
    const value = look(key) ?? look(`baggage.${key}`) ?? baggage?.get(key);
    if (value !== undefined && value !== null && typeof value !== "object" && value !== "")
      return String(value);
  }
  return undefined;
}

/** Entries of a W3C baggage header, `key=value;properties` separated by commas; bad ones are passed over. */
function parseBaggage(header: AttributeValue): ReadonlyMap<string, string> {
  const lines = Array.isArray(header) ? header : [header];
  const entries = new Map<string, string>();
  for (const entry of lines.flatMap((line) => (typeof line === "string" ? line.split(",") : []))) {
    const [, key, value] = /^\s*([^=;\s]+)\s*=\s*([^;]*?)\s*(?:;|$)/.exec(entry) ?? [];
    if (key === undefined || value === undefined) continue;
    try {
      entries.set(key, decodeURIComponent(value));
    } catch {
      // Not percent-encoded as it should be.
    }
  }
  return entries;
}

/** A held span and the held spans above it, nearest first. */
function lineageOf(record: TraceRecord, spanId: string): EngineSpan[] {
  const lineage: EngineSpan[] = [];
  for (
    let span = record.spans.get(spanId);
    span !== undefined && !lineage.includes(span);
    span = record.spans.get(span.parentSpanId)
  ) {
    lineage.push(span);
  }
  return lineage;
}

function compareSpans(
  a: Pick<EngineSpan, "startUnixNano" | "spanId">,
  b: Pick<EngineSpan, "startUnixNano" | "spanId">,
): number {
  if (a.startUnixNano !== b.startUnixNano) return a.startUnixNano < b.startUnixNano ? -1 : 1;
  return a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0;
}
