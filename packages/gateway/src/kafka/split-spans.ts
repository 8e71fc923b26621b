import { createTraceScanner, type Encoding, traceIdOf, withoutSpans } from "@wattspan/otlp";
import { partitionOf } from "./partition-of.ts";

/** Part of a request: spans whose traces belong to one partition. */
interface SpanRecord {
  readonly partition: number;
  readonly body: Uint8Array;
}

/** Splits a request by trace; says why spans are left out. Throws `OtlpError` for broken bytes. */
export type SplitSpans = (
  encoding: Encoding,
  body: Uint8Array,
) => { readonly records: readonly SpanRecord[]; readonly rejected: readonly string[] };

const SPACE = 0x20;
const OPEN_BRACE = 0x7b;
/** Brokers take messages of up to 1 MB by default. */
const RECORD_BYTES = 500_000;

/** Creates the split over so many partitions. */
export function createSpanSplitter(partitions: number): SplitSpans {
  const scanner = createTraceScanner({ names: [], keys: [] });
  return (encoding, given) => {
    const body = encoding === "json" ? withoutLeadingSpace(given) : given;
    const table = scanner.scan(body, encoding);
    /** Number of the record that each span goes into, and the partition of each record. */
    const recordOf = new Uint32Array(table.count);
    const places: number[] = [];
    const room = Math.max(1, Math.floor((RECORD_BYTES * table.count) / body.length));
    const open = new Map<number, { record: number; left: number }>();
    for (let i = 0; i < table.count; i++) {
      const partition = partitionOf(traceIdOf(table, i), partitions);
      let current = open.get(partition);
      if (current === undefined || current.left === 0) {
        current = { record: places.length, left: room };
        places.push(partition);
        open.set(partition, current);
      }
      current.left--;
      recordOf[i] = current.record;
    }
    const records = places.flatMap((partition, record) => {
      const part = withoutSpans(table, (i) => recordOf[i] !== record);
      return part === undefined ? [] : [{ partition, body: part }];
    });
    return { records, rejected: table.rejected.map(({ reason }) => reason) };
  };
}

/** Who reads a record tells JSON by its first byte. */
function withoutLeadingSpace(body: Uint8Array): Uint8Array {
  let from = 0;
  while ((body[from] ?? OPEN_BRACE) <= SPACE) from++;
  return body.subarray(from);
}
