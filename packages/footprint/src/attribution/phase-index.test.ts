import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPhaseIndex } from "./phase-index.ts";

describe("createPhaseIndex", () => {
  it("finds what was set and not what was removed, as a map does", () => {
    const word = fc.constantFrom(0, 1, 2, 3, 128, 256, 0x7fffffff, 0x80000000, 0xffffffff);
    const step = fc.record({ idHigh: word, idLow: word, isRemove: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const columns = { idHigh: new Uint32Array(301), idLow: new Uint32Array(301) };
        const index = createPhaseIndex(columns);
        const model = new Map<string, number>();
        steps.forEach(({ idHigh, idLow, isRemove }, slot) => {
          const key = `${idHigh}/${idLow}`;
          if (isRemove) {
            index.remove(idHigh, idLow);
            model.delete(key);
          } else {
            columns.idHigh[slot] = idHigh;
            columns.idLow[slot] = idLow;
            index.set(idHigh, idLow, slot);
            model.set(key, slot);
          }
          expect(index.find(idHigh, idLow)).toBe(model.get(key) ?? -1);
        });
        for (const { idHigh, idLow } of steps) {
          expect(index.find(idHigh, idLow)).toBe(model.get(`${idHigh}/${idLow}`) ?? -1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("built anew finds those that live, and takes more", () => {
    const count = 1000;
    const columns = {
      idHigh: Uint32Array.from({ length: count }, (_, i) => i * 7),
      idLow: Uint32Array.from({ length: count }, (_, i) => i & 3),
    };
    const find = (i: number): number =>
      index.find(columns.idHigh[i] as number, columns.idLow[i] as number);
    const index = createPhaseIndex(columns);
    for (let i = 0; i < 900; i++)
      index.set(columns.idHigh[i] as number, columns.idLow[i] as number, i);
    index.rebuild(900, (slot) => slot % 3 === 0);
    for (let i = 900; i < count; i++)
      index.set(columns.idHigh[i] as number, columns.idLow[i] as number, i);
    const wrong = [...columns.idLow.keys()].filter(
      (i) => find(i) !== (i >= 900 || i % 3 === 0 ? i : -1),
    );
    expect(wrong).toEqual([]);
  });

  it("grows and still finds every id", () => {
    const count = 5000;
    const columns = {
      idHigh: Uint32Array.from({ length: count }, (_, i) => Math.imul(i, 0x9e3779b9)),
      idLow: Uint32Array.from({ length: count }, (_, i) => i & 15),
    };
    const index = createPhaseIndex(columns);
    const idsOf = (i: number): [number, number] => [
      columns.idHigh[i] as number,
      columns.idLow[i] as number,
    ];
    for (let i = 0; i < count; i++) index.set(...idsOf(i), i);
    for (let i = 0; i < count; i += 2) index.remove(...idsOf(i));
    const wrong = [...columns.idLow.keys()].filter(
      (i) => index.find(...idsOf(i)) !== (i % 2 === 0 ? -1 : i),
    );
    expect(wrong).toEqual([]);
  });
});
