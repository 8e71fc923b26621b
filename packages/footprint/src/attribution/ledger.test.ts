import { describe, expect, it } from "vitest";
import type { MeterReading } from "../energy/meter-reading.ts";
import { addNs, type Instant } from "../instant.ts";
import type { DeviceShare, Phase } from "../phase.ts";
import type { LedgerOptions } from "./ledger.ts";
import { createLedgerById, type LedgerById } from "./ledger-by-id.test.maker.ts";

const SECOND = 1e9;
const start: Instant = { epoch: 30_000_000, ns: 0 };
const at = (seconds: number): Instant => addNs(start, Math.round(seconds * SECOND));
const A: readonly DeviceShare[] = [{ device: "n/a", share: 1 }];

const ledgerWith = (more: Partial<LedgerOptions> = {}): LedgerById =>
  createLedgerById({
    maxCounterGapNs: 60 * SECOND,
    maxPowerGapNs: 30 * SECOND,
    maxClockSkewNs: 0,
    gainError: 0,
    maxPhaseNs: 600 * SECOND,
    keepNs: 900 * SECOND,
    ...more,
  });

const phase = (id: number, from: number, to: number, weight: number, devices = A): Phase => ({
  idHigh: 0,
  idLow: id,
  start: at(from),
  end: at(to),
  weight,
  devices,
});

const reading = (seconds: number, value: number, device = "n/a"): MeterReading => ({
  device,
  kind: "counter",
  value,
  at: at(seconds),
});

function readAll(ledger: LedgerById, points: readonly (readonly [number, number])[]): LedgerById {
  for (const [seconds, joules] of points) ledger.addReading(reading(seconds, joules));
  return ledger;
}

describe("createLedger", () => {
  it("weights the overlap of two phases and gives the rest to whoever is alone", () => {
    const ledger = readAll(ledgerWith(), [
      [0, 0],
      [30, 3000],
    ]);
    // 100 W: 10 s alone, 10 s shared 3 : 1 by rate, 10 s alone.
    ledger.upsertPhase(phase(1, 0, 20, 60));
    ledger.upsertPhase(phase(2, 10, 30, 20));
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(1000 + 750, 9);
    expect(ledger.energyOf(0, 2)?.energyJoules).toBeCloseTo(1000 + 250, 9);
  });

  it("counts baseline draw into phases where the policy includes it", () => {
    const ledger = ledgerWith({ idlePolicy: "included" });
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 100, maxWatts: 700 });
    readAll(ledger, [
      [0, 0],
      [10, 2500],
    ]);
    ledger.upsertPhase(phase(1, 0, 5, 1));
    // 100 W all along, the other 1,500 J while the phase is open.
    expect(ledger.energyOf(0, 1)).toMatchObject({ dynamicJoules: 2000, idleJoules: 0 });
    expect(ledger.balances()[0]).toMatchObject({ idleEmptyJoules: 500, idleOpenJoules: 0 });
  });

  it("sets apart what the open phases' device cannot have drawn", () => {
    const ledger = ledgerWith();
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 100, maxWatts: 700 });
    readAll(ledger, [
      [0, 0],
      [10, 4000],
    ]);
    ledger.upsertPhase(phase(1, 0, 2, 1));
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(1200, 9);
    expect(ledger.balances()[0]?.unattributed["unseen_load"]).toBeCloseTo(1800, 9);
  });

  it("shapes an interval that straddles an epoch by the phases of both", () => {
    const ledger = ledgerWith();
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 75, maxWatts: 700 });
    readAll(ledger, [
      [45, 0],
      [75, 30 * 75 + 6 * 500],
    ]);
    ledger.upsertPhase(phase(1, 50, 53, 1));
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(3 * 625, 9);
    ledger.upsertPhase(phase(2, 65, 68, 7));
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(1500, 9);
    expect(ledger.energyOf(0, 2)?.energyJoules).toBeCloseTo(1500, 9);
    ledger.removePhase(0, 2);
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(3 * 625, 9);
  });

  it("sees a phase that ends with an epoch in the next epoch's straddling interval", () => {
    const ledger = ledgerWith();
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 75, maxWatts: 700 });
    readAll(ledger, [
      [45, 0],
      [75, 30 * 75 + 3000],
    ]);
    ledger.upsertPhase(phase(2, 65, 75, 1));
    expect(ledger.energyOf(0, 2)?.energyJoules).toBeCloseTo(3000, 9);
    ledger.upsertPhase(phase(1, 50, 60, 1));
    expect(ledger.energyOf(0, 2)?.energyJoules).toBeCloseTo(1500, 9);
  });

  it("counts a gap's energy and charges none of it", () => {
    const ledger = readAll(ledgerWith(), [
      [0, 0],
      [100, 5000],
      [110, 6000],
    ]);
    ledger.upsertPhase(phase(1, 50, 110, 1));
    const energy = ledger.energyOf(0, 1);
    expect(energy?.energyJoules).toBeCloseTo(1000, 9);
    expect(energy?.coverage).toBeCloseTo(1 / 6, 9);
    expect(energy?.upperJoules).toBe(Infinity);
    const balance = ledger.balances()[0];
    expect(balance?.unattributed["gap"]).toBeCloseTo(5000, 9);
    expect(balance?.meteredJoules).toBeCloseTo(6000, 9);
  });

  it("takes duplicate, late and repeated readings and phases as one", () => {
    const ledger = readAll(ledgerWith(), [
      [20, 2000],
      [0, 0],
      [20, 2000],
      [25, 2000],
      [10, 500],
    ]);
    expect(ledger.upsertPhase(phase(1, 0, 10, 1))).toBe("changed");
    expect(ledger.upsertPhase(phase(1, 0, 10, 1))).toBe("unchanged");
    expect(ledger.phaseCount).toBe(1);
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(500, 9);
    expect(ledger.balances()[0]?.meteredJoules).toBeCloseTo(2000, 9);
    expect(ledger.readUntil("n/a")).toEqual(at(20));
  });

  it("charges each device by its share of the phase, listed in key order", () => {
    const ledger = ledgerWith();
    for (const [device, joules] of [
      ["n/a", 1000],
      ["n/b", 400],
    ] as const) {
      ledger.addReading(reading(0, 0, device));
      ledger.addReading(reading(10, joules, device));
    }
    const both = [
      { device: "n/b", share: 0.25 },
      { device: "n/a", share: 0.75 },
    ];
    ledger.upsertPhase(phase(1, 0, 10, 40, both));
    ledger.upsertPhase(phase(2, 0, 10, 10));
    const energy = ledger.energyOf(0, 1);
    expect(energy?.devices.map(({ device }) => device.key)).toEqual(["n/a", "n/b"]);
    expect(energy?.energyJoules).toBeCloseTo(750 + 400, 9);
    expect(ledger.energyOf(0, 2)?.energyJoules).toBeCloseTo(250, 9);
  });

  it("gives a phase without any reading nothing and no coverage", () => {
    const ledger = ledgerWith();
    ledger.upsertPhase(phase(1, 0, 10, 1));
    expect(ledger.energyOf(0, 1)).toMatchObject({ coverage: 0, upperJoules: Infinity });
    expect(ledger.energyOf(0, 1)?.devices[0]?.meterKind).toBeUndefined();
    expect(ledger.energyOf(0, 7)).toBeUndefined();
  });

  it("prefers a counter over power samples and a meter over a model, whichever came first", () => {
    const ledger = ledgerWith();
    ledger.upsertPhase(phase(1, 0, 10, 1));
    for (const seconds of [0, 10]) {
      ledger.addReading({ ...reading(seconds, 10), kind: "power", modelled: true });
    }
    expect(ledger.energyOf(0, 1)?.devices[0]).toMatchObject({
      isModelled: true,
      dynamicJoules: 100,
    });
    for (const seconds of [0, 10]) ledger.addReading({ ...reading(seconds, 20), kind: "power" });
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(200, 9);
    readAll(ledger, [
      [0, 0],
      [10, 300],
    ]);
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(300, 9);
    expect(ledger.energyOf(0, 1)?.devices[0]).toMatchObject({
      meterKind: "counter",
      isModelled: false,
    });
  });

  it("follows a device described after its phases and readings came", () => {
    const ledger = readAll(ledgerWith(), [
      [0, 0],
      [10, 5000],
    ]);
    ledger.upsertPhase(phase(1, 0, 10, 1));
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(5000, 9);
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 100 });
    expect(ledger.energyOf(0, 1)?.energyJoules).toBeCloseTo(4000, 9);
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 100, maxWatts: 300 });
    expect(ledger.energyOf(0, 1)?.coverage).toBe(0);
    expect(ledger.phaseCount).toBe(1);
  });

  it("widens bounds by where a reading taken in a range of time may lie", () => {
    const ledger = ledgerWith();
    ledger.addReading(reading(0, 0));
    ledger.addReading({ ...reading(65, 9000), earliest: at(55) });
    ledger.addReading(reading(115, 12_000));
    ledger.upsertPhase(phase(1, 60, 63, 1));
    // Were the middle reading from 65 s, all 9 kJ before it could have been drawn within the phase.
    expect(ledger.energyOf(0, 1)?.upperJoules).toBeGreaterThanOrEqual(9000);
    expect(ledger.energyOf(0, 1)?.lowerJoules).toBe(0);
  });

  it("leaves everything counted unattributed where the engine counts work but no requests", () => {
    const ledger = ledgerWith({ idlePolicy: "shared" });
    ledger.addDevice({ key: "n/a", node: "n", id: "a", idleWatts: 100, maxWatts: 700 });
    readAll(ledger, [
      [0, 0],
      [10, 2000],
    ]);
    ledger.addLoad({ device: "n/a", from: at(0), to: at(10), weight: 5, running: 0 });
    expect(ledger.balances()[0]?.unattributed).toEqual({ unsampled: expect.closeTo(2000, 9) });
  });

  it("refuses what it cannot charge and says why", () => {
    const ledger = ledgerWith();
    expect(ledger.upsertPhase(phase(1, 5, 5, 1))).toBe("empty_window");
    expect(ledger.upsertPhase(phase(1, 0, 601, 1))).toBe("too_long");
    expect(ledger.upsertPhase(phase(1, 0, 5, Number.NaN))).toBe("bad_weight");
    expect(ledger.upsertPhase(phase(1, 0, 5, 1, []))).toBe("no_devices");
    expect(ledger.addReading(reading(0, Number.NaN))).toBe(false);
    expect(ledger.addReading(reading(0, -1))).toBe(false);
    expect(ledger.phaseCount).toBe(0);
  });

  it("refuses what is older than what it keeps, and leaves what it has as it is", () => {
    const ledger = readAll(ledgerWith(), [
      [0, 0],
      [60, 6000],
      [120, 12_000],
    ]);
    ledger.upsertPhase(phase(1, 10, 20, 1));
    ledger.upsertPhase(phase(2, 50, 70, 1));
    ledger.upsertPhase(phase(3, 130, 140, 1));
    const before = ledger.energyOf(0, 2);
    ledger.expire({ epoch: start.epoch + 1, ns: 0 });
    // The second phase ends later: its first epoch is still needed.
    expect(ledger.energyOf(0, 2)).toEqual(before);
    ledger.expire({ epoch: start.epoch + 2, ns: 0 });
    expect(ledger.phaseCount).toBe(1);
    expect(ledger.upsertPhase(phase(1, 10, 20, 1))).toBe("too_late");
    expect(ledger.addReading(reading(30, 3000))).toBe(false);
    expect(ledger.balances()[0]?.meteredJoules).toBeCloseTo(12_000, 9);
  });
});
