import { createTraceScanner, spanIdOf, traceIdOf } from "@wattspan/otlp";
import { describe, expect, it } from "vitest";
import { requestOf, type SpanDraft } from "../pipeline.test.fixture.ts";
import { partitionOf } from "./partition-of.ts";
import { createSpanSplitter } from "./split-spans.ts";

const scanner = createTraceScanner({ names: [], keys: [] });

function idsOf(body: Uint8Array): readonly string[] {
  const table = scanner.scan(body, "json");
  return Array.from(
    { length: table.count },
    (_, i) => `${traceIdOf(table, i)[0]}${spanIdOf(table, i)[0]}`,
  );
}

const drafts: readonly SpanDraft[] = ["1", "2", "3", "4", "5", "6"].flatMap((trace) =>
  ["a", "b", "c"].map((id) => ({ trace, id, attributes: { padding: "x".repeat(100) } })),
);

describe("createSpanSplitter", () => {
  it("gives every span to the partition of its trace, once", () => {
    const { records, rejected } = createSpanSplitter(3)("json", requestOf(drafts));
    expect(rejected).toEqual([]);
    for (const { partition, body } of records) {
      for (const id of idsOf(body)) expect(partitionOf(`${id[0]}`.repeat(32), 3)).toBe(partition);
    }
    const all = records.flatMap(({ body }) => idsOf(body)).sort();
    expect(all).toEqual(drafts.map(({ trace, id }) => `${trace}${id}`).sort());
  });

  it("cuts a request that is too large for one record", () => {
    const many = Array.from({ length: 30 }, (): readonly SpanDraft[] =>
      drafts.map((draft) => ({ ...draft, attributes: { padding: "x".repeat(4000) } })),
    ).flat();
    const body = requestOf(many);
    expect(body.length).toBeGreaterThan(2_000_000);
    const { records } = createSpanSplitter(1)("json", body);
    for (const record of records) expect(record.body.length).toBeLessThan(700_000);
    expect(records.flatMap((record) => idsOf(record.body))).toHaveLength(many.length);
  });

  it("writes JSON that begins as JSON, which no protobuf does", () => {
    const spaced = Buffer.concat([Buffer.from("\n \t"), requestOf(drafts)]);
    const { records } = createSpanSplitter(1)("json", spaced);
    expect(records.map(({ body }) => String.fromCharCode(body[0] ?? 0))).toEqual(["{"]);
  });
});
