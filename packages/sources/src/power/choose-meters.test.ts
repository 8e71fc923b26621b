import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseMeters, contains, type DeclaredMeter } from "./choose-meters.ts";
import type { MeterScope } from "./meter-table.ts";

const gpu: DeclaredMeter = {
  source: "dcgm",
  node: "node-a",
  id: "GPU-a",
  scope: "gpu",
  kind: "counter",
  isModelled: false,
  isUnverified: false,
  maxAgeMs: 30_000,
  order: 0,
};

/** For each meter what becomes of it and by whom. */
function fates(...drafts: readonly Partial<DeclaredMeter>[]): readonly string[] {
  const meters = drafts.map((draft) => ({ ...gpu, ...draft }));
  const { read, checks, overlapped } = chooseMeters(meters);
  const nameOf = ({ source, scope }: DeclaredMeter): string => `${source} ${scope}`;
  return [
    ...read.map((meter) => `${nameOf(meter)} read`),
    ...checks.map(({ meter, against }) => `${nameOf(meter)} checks ${nameOf(against)}`),
    ...overlapped.map(({ meter, by }) => `${nameOf(meter)} in ${nameOf(by)}`),
  ].sort();
}

describe("chooseMeters", () => {
  it.each<[string, Partial<DeclaredMeter>, Partial<DeclaredMeter>]>([
    ["a counter before power", {}, { kind: "power", maxAgeMs: 0 }],
    ["measured before modelled", { kind: "power" }, { isModelled: true }],
    ["verified before unverified", {}, { isUnverified: true, maxAgeMs: 0 }],
    ["the finer", { maxAgeMs: 100 }, {}],
    ["the first configured", { order: 0 }, { order: 1 }],
  ])("reads a device once: %s", (_, best, other) => {
    const expected = ["best gpu read", "other gpu checks best gpu"];
    expect(fates({ source: "best", ...best }, { source: "other", order: 1, ...other })).toEqual(
      expected,
    );
    expect(fates({ source: "other", order: 1, ...other }, { source: "best", ...best })).toEqual(
      expected,
    );
  });

  it("reads the GPU, not the module that holds it, and not the instances in it", () => {
    expect(fates({}, { scope: "module" }, { scope: "gpu_instance", id: "MIG-1" })).toEqual([
      "dcgm gpu read",
      "dcgm gpu_instance in dcgm gpu",
      "dcgm module in dcgm gpu",
    ]);
    expect(fates({ scope: "module" })).toEqual(["dcgm module read"]);
  });

  it("reads the package, not the platform around it or the cores in it, and memory beside it", () => {
    const scopes: readonly MeterScope[] = ["psys", "core", "uncore", "dram", "package"];
    expect(fates(...scopes.map((scope) => ({ scope, id: scope, source: "rapl" })))).toEqual([
      "rapl core in rapl package",
      "rapl dram read",
      "rapl package read",
      "rapl psys in rapl package",
      "rapl uncore in rapl package",
    ]);
  });

  it("reads the CPUs of a machine from one source, however each cuts them", () => {
    expect(
      fates(
        { source: "rapl", scope: "package", id: "package-0", maxAgeMs: 200 },
        { source: "rapl", scope: "package", id: "package-1", maxAgeMs: 200 },
        { source: "kepler", scope: "package", id: "package", order: 1 },
        { source: "kepler", scope: "dram", id: "dram", order: 1 },
      ),
    ).toEqual([
      "kepler dram in rapl package",
      "kepler package in rapl package",
      "rapl package read",
      "rapl package read",
    ]);
  });

  it("keeps machines and devices apart", () => {
    const kept = fates(
      {},
      { id: "GPU-b" },
      { node: "node-b" },
      { scope: "module", node: "node-c" },
    );
    expect(kept.every((fate) => fate.endsWith(" read"))).toBe(true);
  });

  it("reads no joule twice, loses no meter, and does not depend on the order", () => {
    const scopes: readonly MeterScope[] = [
      ...(["gpu", "gpu_instance", "module", "core", "uncore"] as const),
      ...(["dram", "package", "psys", "host"] as const),
    ];
    const meter = fc.record({
      source: fc.constantFrom("a", "b", "c"),
      node: fc.constantFrom("n", "m"),
      id: fc.constantFrom("0", "1"),
      scope: fc.constantFrom(...scopes),
      kind: fc.constantFrom("counter" as const, "power" as const),
      isModelled: fc.boolean(),
      isUnverified: fc.boolean(),
      maxAgeMs: fc.constantFrom(100, 30_000),
      order: fc.constantFrom(0, 1, 2),
    });
    const lists = fc.array(meter, { maxLength: 20 });
    fc.assert(
      fc.property(lists, fc.infiniteStream(fc.nat()), (meters, keys) => {
        const { read, checks, overlapped } = chooseMeters(meters);
        expect(read.length + checks.length + overlapped.length).toBe(meters.length);
        for (const [i, a] of read.entries()) {
          for (const b of read.slice(0, i).filter(({ node }) => node === a.node)) {
            expect(contains(a.scope, b.scope) || contains(b.scope, a.scope)).toBe(false);
            expect(a.scope === b.scope && a.id === b.id).toBe(false);
          }
        }
        const shuffled = meters
          .map((one) => ({ one, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(chooseMeters(shuffled).read).toEqual(read);
      }),
    );
  });
});
