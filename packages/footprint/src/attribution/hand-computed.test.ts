import { describe, expect, it } from "vitest";
import type { MeterReading } from "../energy/meter-reading.ts";
import { addNs, type Instant } from "../instant.ts";
import type { Phase } from "../phase.ts";
import type { IdlePolicy, TimeShape } from "../policies.ts";
import type { LedgerOptions } from "./ledger.ts";
import { createLedgerById, type LedgerById } from "./ledger-by-id.test.maker.ts";

const SECOND = 1e9;
const start: Instant = { epoch: 30_000_000, ns: 0 };
const at = (seconds: number): Instant => addNs(start, Math.round(seconds * SECOND));

const options: LedgerOptions = {
  maxCounterGapNs: 600 * SECOND,
  maxPowerGapNs: 120 * SECOND,
  maxClockSkewNs: 0,
  gainError: 0,
  maxPhaseNs: 3600 * SECOND,
  keepNs: 4200 * SECOND,
};

function phase(
  id: number,
  from: number,
  to: number,
  weight: number,
  devices: readonly string[] = ["n/a"],
): Phase {
  const share = 1 / devices.length;
  return {
    idHigh: 1,
    idLow: id,
    start: at(from),
    end: at(to),
    weight,
    devices: devices.map((device) => ({ device, share })),
  };
}

const reading = (seconds: number, value: number, device = "n/a"): MeterReading => ({
  device,
  kind: "counter",
  value,
  at: at(seconds),
});

function ledgerWith(
  idleWatts: number | undefined,
  maxWatts: number | undefined,
  more: { idlePolicy?: IdlePolicy; timeShape?: TimeShape } = {},
): LedgerById {
  const ledger = createLedgerById({ ...options, ...more });
  for (const id of ["a", "b"]) {
    ledger.addDevice({
      key: `n/${id}`,
      node: "n",
      id,
      ...(idleWatts === undefined ? {} : { idleWatts }),
      ...(maxWatts === undefined ? {} : { maxWatts }),
    });
  }
  return ledger;
}

describe("hand-computed figures", () => {
  it("charges a phase alone the dynamic energy of its window", () => {
    const ledger = ledgerWith(100, 700);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 5000));
    ledger.upsertPhase(phase(1, 0, 10, 3));
    expect(ledger.energyOf(1, 1)).toMatchObject({ energyJoules: 4000, coverage: 1 });
    expect(ledger.balances()[0]).toMatchObject({ idleOpenJoules: 1000, attributedJoules: 4000 });
  });

  it("splits by rate where phases overlap", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 1000));
    ledger.upsertPhase(phase(1, 0, 10, 10));
    ledger.upsertPhase(phase(2, 0, 10, 30));
    expect(ledger.energyOf(1, 1)?.energyJoules).toBeCloseTo(250, 9);
    expect(ledger.energyOf(1, 2)?.energyJoules).toBeCloseTo(750, 9);
  });

  it("shapes a slow interval over its busy time", () => {
    // 30 s at 75 W idle and one 3 s phase at 650 W: the phase drew 1,725 J above idle.
    const busy = ledgerWith(75, 700);
    const uniform = ledgerWith(75, 700, { timeShape: "uniform" });
    for (const ledger of [busy, uniform]) {
      ledger.addReading(reading(0, 0));
      ledger.addReading(reading(30, 27 * 75 + 3 * 650));
      ledger.upsertPhase(phase(1, 10, 13, 1));
    }
    expect(busy.energyOf(1, 1)?.energyJoules).toBeCloseTo(1725, 9);
    expect(uniform.energyOf(1, 1)?.energyJoules).toBeCloseTo(172.5, 9);
  });

  it("shares the baseline where the policy says so", () => {
    const ledger = ledgerWith(100, 700, { idlePolicy: "shared" });
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 5000));
    ledger.upsertPhase(phase(1, 0, 10, 3));
    ledger.upsertPhase(phase(2, 0, 10, 1));
    expect(ledger.energyOf(1, 1)).toMatchObject({ dynamicJoules: 3000, idleJoules: 500 });
  });

  it("crosses an epoch boundary and a meter interval that straddles it", () => {
    const ledger = ledgerWith(undefined, undefined);
    for (const seconds of [15, 45, 75, 105]) ledger.addReading(reading(seconds, seconds * 200));
    ledger.upsertPhase(phase(1, 50, 70, 1));
    const energy = ledger.energyOf(1, 1);
    expect(energy?.energyJoules).toBeCloseTo(20 * 200, 6);
    expect(energy?.lowerJoules).toBe(0);
    expect(energy?.upperJoules).toBeCloseTo(30 * 200, 6);
  });

  it("knows nothing over a reset, and says so", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 1000));
    ledger.addReading(reading(10, 2000));
    ledger.addReading(reading(20, 50));
    ledger.addReading(reading(30, 1050));
    ledger.upsertPhase(phase(1, 5, 25, 1));
    expect(ledger.energyOf(1, 1)).toMatchObject({
      energyJoules: 1000,
      coverage: 0.5,
      upperJoules: Infinity,
    });
    expect(ledger.balances()[0]?.meteredJoules).toBe(2000);
  });

  it("leaves counted work that no span shows unattributed", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 1000));
    ledger.upsertPhase(phase(1, 0, 10, 10));
    ledger.addLoad({ device: "n/a", from: at(0), to: at(10), weight: 40, running: 4 });
    expect(ledger.energyOf(1, 1)?.energyJoules).toBeCloseTo(250, 9);
    expect(ledger.balances()[0]?.unattributed["unsampled"]).toBeCloseTo(750, 9);
  });

  it("lets a counted load go on when a shorter one that began later has ended", () => {
    const ledger = ledgerWith(undefined, undefined);
    ledger.addReading(reading(0, 0));
    ledger.addReading(reading(10, 1000));
    ledger.upsertPhase(phase(1, 0, 10, 10));
    const load = { device: "n/a", running: 4 };
    ledger.addLoad({ ...load, from: at(0), to: at(10), weight: 40 });
    ledger.addLoad({ ...load, from: at(2), to: at(4), weight: 20 });
    // 8 s at a quarter, 2 s at a tenth of 100 W.
    expect(ledger.energyOf(1, 1)?.energyJoules).toBeCloseTo(200 + 20, 9);
  });
});
