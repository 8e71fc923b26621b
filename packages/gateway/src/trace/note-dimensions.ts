import { attributeOf, type SpanTable } from "@wattspan/otlp";

/** Distinct values of one dimension that are kept apart; the rest is `other`. */
const MAX_VALUES = 1000;

/** Puts the dimensions that span `i` tells of into `dimensions`; what is there already stands. */
export type NoteDimensions = (table: SpanTable, i: number, dimensions: Map<string, string>) => void;

/** Creates the reader of dimensions, each from the first of its keys that a span has. */
export function createDimensionReader(
  keysOf: ReadonlyMap<string, readonly string[]>,
): NoteDimensions {
  const known = new Map<string, Set<string>>();

  function bounded(dimension: string, text: string): string {
    const values = known.get(dimension) ?? new Set<string>();
    known.set(dimension, values);
    if (values.size < MAX_VALUES) values.add(text);
    return values.has(text) ? text : "other";
  }

  return (table, i, dimensions) => {
    for (const [dimension, keys] of keysOf) {
      if (dimensions.has(dimension)) continue;
      for (const key of keys) {
        const value = attributeOf(table, i, key);
        if (value === undefined || value === null) continue;
        dimensions.set(dimension, bounded(dimension, String(value)));
        break;
      }
    }
  };
}
