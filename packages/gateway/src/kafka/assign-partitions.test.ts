import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assignPartitions } from "./assign-partitions.ts";
import { partitionOf } from "./partition-of.ts";

const members = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1 }), owned: fc.array(fc.nat(12)) }),
  { minLength: 1, maxLength: 6, selector: ({ id }) => id },
);

describe("assignPartitions", () => {
  it("gives every partition to one member, no member two more than another", () => {
    fc.assert(
      fc.property(fc.nat(12), members, (partitions, group) => {
        const assigned = assignPartitions(partitions, group);
        const all = [...assigned.values()].flat().sort((a, b) => a - b);
        expect(all).toEqual(Array.from({ length: partitions }, (_, i) => i));
        const sizes = [...assigned.values()].map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(assignPartitions(partitions, [...group].reverse())).toEqual(assigned);
      }),
    );
  });

  it("moves no more than it has to", () => {
    const first = assignPartitions(6, [
      { id: "a", owned: [] },
      { id: "b", owned: [] },
    ]);
    const grown = assignPartitions(6, [
      ...[...first].map(([id, owned]) => ({ id, owned })),
      { id: "c", owned: [] },
    ]);
    for (const id of ["a", "b"]) {
      for (const kept of grown.get(id) ?? []) expect(first.get(id)).toContain(kept);
      expect(grown.get(id)).toHaveLength(2);
    }
  });
});

describe("partitionOf", () => {
  it("is FNV-1a as Sarama reads it", () => {
    // FNV-1a of "a" is 0xe40c292c, as a signed number -468965076; of "foobar" 0xbf9cf968, -1080231576.
    expect(partitionOf("", 7)).toBe(Math.abs((0x811c9dc5 | 0) % 7));
    expect(partitionOf("a", 7)).toBe(468_965_076 % 7);
    expect(partitionOf("foobar", 11)).toBe(1_080_231_576 % 11);
  });
});
