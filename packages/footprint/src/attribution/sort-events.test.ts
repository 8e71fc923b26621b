import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEntryColumns, type EntryColumns } from "./epoch-input.ts";
import { createEventSorter } from "./sort-events.ts";

type Row = readonly [start: number, length: number, idHigh: number, idLow: number];

function columnsOf(rows: readonly Row[]): EntryColumns {
  const columns = createEntryColumns(rows.length);
  columns.count = rows.length;
  rows.forEach(([start, length, idHigh, idLow], i) => {
    columns.start[i] = start;
    columns.end[i] = start + length;
    columns.idHigh[i] = idHigh;
    columns.idLow[i] = idLow;
  });
  return columns;
}

const WINDOW: [number, number] = [-1_000_000_000_000, 3_000_000_000_000];
const sort = createEventSorter();

describe("createEventSorter", () => {
  it("orders by time, ends before starts, then by id, whatever the order of entries", () => {
    const time = fc.oneof(
      fc.integer({ min: WINDOW[0], max: WINDOW[1] - 1 }),
      fc.constantFrom(0, 1, 4_194_304, 60_000_000_000),
      fc.constantFrom(WINDOW[0] - 5, -1),
    );
    const row = fc.tuple(time, fc.integer({ min: 6, max: 4_000_000_000_000 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (pairs) => {
        const rows = pairs.map(([start, length], i): Row => [start, length, i % 3, 0xffffffff - i]);
        const columns = columnsOf(rows);
        const order = sort(columns, ...WINDOW);
        const expected = rows
          .flatMap(([start, length, idHigh, idLow], i) => [
            { time: Math.max(start, WINDOW[0]), kind: 1, idHigh, idLow, code: i * 2 + 1 },
            { time: Math.min(start + length, WINDOW[1]), kind: 0, idHigh, idLow, code: i * 2 },
          ])
          .sort(
            (a, b) =>
              a.time - b.time || a.kind - b.kind || a.idHigh - b.idHigh || a.idLow - b.idLow,
          );
        expect([...order.code.subarray(0, order.count)]).toEqual(expected.map((one) => one.code));
        expect([...order.time.subarray(0, order.count)]).toEqual(expected.map((one) => one.time));
      }),
      { numRuns: 150 },
    );
  });
});
