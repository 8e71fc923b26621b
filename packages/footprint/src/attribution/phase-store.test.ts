import fc from "fast-check";
import { expect, it } from "vitest";
import type { Phase } from "../phase.ts";
import {
  createPhaseStore,
  emptyWindow,
  firstEntryOf,
  handleOf,
  isSameEntry,
  isSamePhase,
  nextEntryOf,
  readWindow,
} from "./phase-store.ts";

const phase = (id: number, devices: number): Phase => ({
  idHigh: 0xffffffff,
  idLow: id,
  start: { epoch: 30_000_000, ns: id },
  end: { epoch: 30_000_001, ns: id + 0.5 },
  weight: id / 3,
  devices: Array.from({ length: devices }, (_, i) => ({ device: `n/${i}`, share: 1 / devices })),
  includesQueueing: id % 2 === 0,
  ...(id % 3 === 0 ? { probability: 0.1 } : {}),
});

/** So many phases that those after them lie in two pages. */
const FILLED = 1015;

it("names each phase until it is removed and never after, over pages and reused slots", () => {
  const steps = fc.array(
    fc.record({ devices: fc.integer({ min: 1, max: 3 }), removes: fc.nat({ max: 3 }) }),
    { minLength: 1, maxLength: 600 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const store = createPhaseStore();
      const filler = phase(1, 1);
      for (let i = 0; i < FILLED; i++) store.insert(filler, filler.devices, () => 0);
      const live = new Map<number, Phase>();
      const gone: number[] = [];
      all.forEach(({ devices, removes }, id) => {
        const added = phase(id, devices);
        for (let i = 0; i < 4; i++) {
          const slot = store.insert(added, added.devices, (key) => Number(key.slice(2)));
          const handle = handleOf(store, slot);
          expect(live.has(handle)).toBe(false);
          live.set(handle, added);
        }
        for (const handle of [...live.keys()].slice(0, removes)) {
          store.remove(store.find(handle));
          live.delete(handle);
          gone.push(handle);
        }
      });
      expect(store.size).toBe(FILLED + live.size);
      for (const handle of gone) expect(store.find(handle)).toBe(-1);
      for (const [handle, one] of live) {
        const slot = store.find(handle);
        const entries: number[] = [];
        for (let i = firstEntryOf(store, slot); i >= 0; i = nextEntryOf(store, i)) entries.push(i);
        expect(isSamePhase(store, slot, one)).toBe(true);
        expect(entries).toHaveLength(one.devices.length);
        entries.forEach((entry, device) => {
          const share = 1 / entries.length;
          expect(isSameEntry(store, entry, device, share)).toBe(true);
          expect(isSameEntry(store, entry, device + 1, share)).toBe(false);
          expect(isSameEntry(store, entry, device, share / 2)).toBe(false);
        });
        expect(readWindow(store, slot, emptyWindow())).toEqual({
          startEpoch: one.start.epoch,
          startNs: one.start.ns,
          endEpoch: one.end.epoch,
          endNs: one.end.ns,
          isSample: one.probability !== undefined && one.weight > 0,
          firstEntry: firstEntryOf(store, slot),
        });
      }
    }),
    { numRuns: 50 },
  );
});

it("finds nothing by a handle it never gave", () => {
  const store = createPhaseStore();
  const added = phase(1, 1);
  store.insert(added, added.devices, () => 0);
  for (const handle of [-1, 0, 1, 2 ** 26 + 1, 2 ** 27, 2 ** 40])
    expect(store.find(handle)).toBe(-1);
});
