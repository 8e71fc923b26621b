import type { LedgerOptions } from "@wattspan/footprint";
import { chargeAll, type EnergyAt } from "../charge-all.ts";
import type { Joiner } from "./oracle-row.ts";

/** Times in seconds from the scene's start. */
export interface SceneWork {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
  /** Ids of devices; absent: the first. Shares are equal. */
  readonly on?: readonly string[];
  readonly includesQueueing?: boolean;
}

/** What meters said and which work ran. */
export interface Scene {
  readonly devices?: readonly {
    readonly id: string;
    readonly idleWatts?: number;
    readonly maxWatts?: number;
  }[];
  /** `[device, seconds, joules]`, cumulative; a fourth figure is how far before it may have been, s. */
  readonly counters?: readonly (readonly [string, number, number, number?])[];
  /** `[device, seconds, watts]`. */
  readonly powers?: readonly (readonly [string, number, number])[];
  readonly loads?: readonly {
    readonly from: number;
    readonly to: number;
    readonly weight: number;
    readonly running: number;
  }[];
  readonly works: readonly SceneWork[];
  readonly options?: Partial<LedgerOptions>;
}

const SECOND_NS = 1e9;
const START_SECONDS = 30_000_000 * 60;

/** The energy of each work of the scene by its place. `startSeconds` places the scene within an epoch. */
export function joinScene(joiner: Joiner, scene: Scene, startSeconds = 0): EnergyAt {
  const at = (seconds: number) =>
    joiner.addNs(
      joiner.instantOf(BigInt(START_SECONDS) * 1_000_000_000n),
      Math.round((startSeconds + seconds) * SECOND_NS),
    );
  const ledger = joiner.createLedger({
    maxCounterGapNs: 600 * SECOND_NS,
    maxPowerGapNs: 120 * SECOND_NS,
    maxClockSkewNs: 0,
    gainError: 0,
    maxPhaseNs: 3600 * SECOND_NS,
    keepNs: 4200 * SECOND_NS,
    ...scene.options,
  });
  const key = (id: string): string => joiner.deviceKey("node", id);
  const devices = scene.devices ?? [{ id: "a" }];
  for (const device of devices) ledger.addDevice({ ...device, key: key(device.id), node: "node" });
  for (const [id, seconds, value, range] of scene.counters ?? []) {
    const earliest = range === undefined ? {} : { earliest: at(seconds - range) };
    ledger.addReading({ device: key(id), kind: "counter", value, at: at(seconds), ...earliest });
  }
  for (const [id, seconds, value] of scene.powers ?? []) {
    ledger.addReading({ device: key(id), kind: "power", value, at: at(seconds) });
  }
  for (const { from, to, ...load } of scene.loads ?? []) {
    ledger.addLoad({ device: key(devices[0]?.id ?? "a"), from: at(from), to: at(to), ...load });
  }
  const phases = scene.works.map(({ from, to, weight, on, includesQueueing = false }, idLow) => {
    const ids = on ?? [devices[0]?.id ?? "a"];
    return {
      idHigh: 0,
      idLow,
      start: at(from),
      end: at(to),
      weight,
      includesQueueing,
      devices: ids.map((id) => ({ device: key(id), share: 1 / ids.length })),
    };
  });
  return chargeAll(ledger, phases);
}

/** Joules of work `i`; NaN where it has no figure. */
export function joulesOf(energyAt: EnergyAt, i: number): number {
  return energyAt(i)?.energyJoules ?? Number.NaN;
}
