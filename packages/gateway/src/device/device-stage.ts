import {
  createLedger,
  type Device,
  type DeviceBalance,
  elapsedNs,
  type Footprint,
  instantOf,
  instantOfMs,
  type Ledger,
  type MeterReading,
  type PhaseHandle,
  type PhaseWork,
  unixMsOf,
  unixNanoOf,
  type WorkEnergy,
  type WorkReading,
} from "@wattspan/footprint";
import type { NodeOptions, PipelineOptions } from "../pipeline-options.ts";
import type { Placed, PlacedDevice, Placement } from "../trace/place-worker.ts";
import { chargePlaced } from "./charge-placed.ts";
import { createFinalTimes } from "./final-times.ts";
import { devicesOfNode, hostKeysOf } from "./node-devices.ts";
import { type ChargedPhase, phaseFootprint } from "./phase-footprint.ts";
import { createPrefillQueues } from "./prefill-queues.ts";
import { createSampling, type SeenFractions } from "./sampling.ts";
import { createZoneHistory } from "./zone-history.ts";

const NS_PER_MS = 1e6;
const NO_CUTS: readonly number[] = [];

/** A phase as the trace stage hands it over. */
export interface StagedPhase extends PhaseWork {
  readonly placement: Placement;
  /** Prefills of one queue wait for each other. */
  readonly queue: string;
}

/** What the trace stage needs of the device stage, wherever that is. */
export interface PhaseStage {
  upsert(phase: StagedPhase, nowMs: number): void;
  remove(id: string): void;
  /** Figures by what is known now. */
  footprintOf(phase: StagedPhase, isProvisional: boolean): Footprint;
  /** Start of the window that is charged, without the wait for earlier passes. */
  chargedStartOf(phase: StagedPhase): bigint;
  /** When the phase's figures are final, ms; beyond `endMs + hold` never waited for. */
  finalAtMs(phase: StagedPhase): number;
  /** Whether the phase's window is still kept: else nothing can be said about it any more. */
  isKept(phase: StagedPhase): boolean;
}

/** The half of the gateway that needs a device whole: clocks, load, waits. */
export interface DeviceStage extends PhaseStage {
  /** Takes readings; gives how many came after what they tell of was settled for good. */
  addReadings(readings: readonly MeterReading[], nowMs: number): number;
  /** Takes what engines counted; gives how many came too late. */
  addWork(readings: readonly WorkReading[], nowMs: number): number;
  /** What the phase's devices of this stage charged it by what is known now. */
  chargedOf(phase: StagedPhase): ChargedPhase;
  /** Nodes as they are from `epoch` on. */
  renew(nodes: readonly NodeOptions[], epoch: number): void;
  balances(): readonly DeviceBalance[];
  /** What counted work took, as far as it is kept; the rest went to `onWork`. */
  work(): readonly WorkEnergy[];
  /** Which part of the work is seen, by all that tell of it. */
  seenFractions(): SeenFractions;
  expire(beforeMs: number): void;
  /** Phases not charged, by reason. */
  readonly refused: ReadonlyMap<string, number>;
  readonly phaseCount: number;
  readonly byteLength: number;
}

/** Where a stage stands among others. */
export interface DeviceStageContext {
  /** Devices that this stage charges; absent: all. */
  readonly isOwn?: (deviceKey: string) => boolean;
  /** Told of counted work before it is forgotten. */
  readonly onWork?: (work: WorkEnergy) => void;
}

/** Creates the device stage with the configured devices. */
export function createDeviceStage(
  options: PipelineOptions,
  { isOwn = () => true, onWork }: DeviceStageContext = {},
): DeviceStage {
  const { join, meters, attribution, intensity } = options;
  const sampling = createSampling(options.sampling);
  const zones = createZoneHistory(options.nodes);
  const known = new Set<string>();
  const ledger: Ledger = createLedger({
    ...(attribution.idlePolicy ? { idlePolicy: attribution.idlePolicy } : {}),
    ...(attribution.timeShape ? { timeShape: attribution.timeShape } : {}),
    maxCounterGapNs: meters.maxCounterGapMs * NS_PER_MS,
    maxPowerGapNs: meters.maxPowerGapMs * NS_PER_MS,
    maxClockSkewNs: meters.maxClockSkewMs * NS_PER_MS,
    gainError: meters.gainError,
    maxPhaseNs: join.maxPhaseMs * NS_PER_MS,
    keepNs: join.keepMs * NS_PER_MS,
    ...(onWork === undefined ? {} : { onWork }),
    cutsOf: ({ node }, epoch) => {
      const [zone, ...later] = zones.zonesOf(node, epoch);
      const cutsIn = (one: string): readonly number[] =>
        intensity?.changesIn?.(one, epoch) ?? NO_CUTS;
      if (zone === undefined) return NO_CUTS;
      if (later.length === 0) return cutsIn(zone);
      return [...new Set([zone, ...later].flatMap(cutsIn))].sort((a, b) => a - b);
    },
  });

  /** What is settled with a device's watts stands: those of a known one cannot change. */
  function addDevices(nodes: readonly NodeOptions[]): void {
    for (const node of nodes) {
      for (const device of devicesOfNode(node, sampling.isPartial)) addDevice(device);
    }
  }

  function addDevice(device: Device): void {
    if (known.has(device.key) || !isOwn(device.key)) return;
    known.add(device.key);
    ledger.addDevice(device);
  }

  addDevices(options.nodes);
  const finalTimes = createFinalTimes(join);
  const queues = createPrefillQueues();
  const phases = new Map<string, StagedPhase>();
  /** Names in the ledger of the phases that are charged. */
  const handles = new Map<string, PhaseHandle>();
  const refused = new Map<string, number>();
  const refusals = new Map<string, string>();
  let expiredBefore = instantOf(0n);

  const devicesOf = ({ placement }: StagedPhase): readonly PlacedDevice[] =>
    "missing" in placement ? [] : placement.devices;

  /** Devices whose readings the phase waits for. */
  function meteredBy(phase: StagedPhase): readonly string[] {
    return [...devicesOf(phase).map(({ key }) => key), ...hostKeysOf(phase.placement)];
  }

  function charge(phase: StagedPhase): void {
    const { placement } = phase;
    if ("missing" in placement) {
      // It may have had a place by what was known before.
      uncharge(phase.id);
      refusals.delete(phase.id);
      return;
    }
    const probability = sampling.probabilityOf(phase);
    const work: PhaseWork = {
      ...phase,
      startUnixNano: queues.startOf(phase),
      ...(probability === undefined ? {} : { probability }),
    };
    const refusal = chargeOn(work, placement);
    if (refusal === refusals.get(phase.id)) return;
    if (refusal === undefined) refusals.delete(phase.id);
    else {
      refusals.set(phase.id, refusal);
      refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    }
  }

  function chargeOn(work: PhaseWork, placement: Placed): string | undefined {
    const charged = chargePlaced(work, placement, attribution);
    if (typeof charged === "string") {
      uncharge(work.id);
      return charged;
    }
    const own = charged.devices.filter(({ device }) => isOwn(device));
    const outcome = ledger.upsertPhase({ ...charged, devices: own }, handles.get(work.id));
    if (typeof outcome !== "number") return outcome;
    handles.set(work.id, outcome);
    return undefined;
  }

  function uncharge(id: string): void {
    const handle = handles.get(id);
    if (handle === undefined) return;
    ledger.removePhase(handle);
    handles.delete(id);
  }

  function chargedOf({ id }: StagedPhase): ChargedPhase {
    const handle = handles.get(id);
    return {
      energy: handle === undefined ? undefined : ledger.energyOf(handle),
      refusal: refusals.get(id),
    };
  }

  function recharge(ids: readonly string[]): void {
    for (const id of ids) {
      const phase = phases.get(id);
      if (phase !== undefined) charge(phase);
    }
  }

  /** Why the load beside a phase is known in part only. */
  function partialLoadOf(phase: StagedPhase): string | undefined {
    const partial = sampling.partialOf(phase);
    if (partial === undefined) return undefined;
    const start = instantOf(phase.startUnixNano);
    const end = instantOf(phase.endUnixNano);
    const bases = devicesOf(phase).map(({ key }) => ledger.loadBasis(key, start, end));
    return bases.every((basis) => basis === "counted") ? undefined : partial;
  }

  return {
    upsert(phase, nowMs) {
      const before = phases.get(phase.id);
      phases.set(phase.id, phase);
      recharge(queues.put(phase, before));
      charge(phase);
      if (before !== undefined) return;
      const durationMs = Number(phase.endUnixNano - phase.startUnixNano) / NS_PER_MS;
      for (const { key } of devicesOf(phase)) finalTimes.notePhase(key, durationMs, nowMs);
    },
    remove(id) {
      const phase = phases.get(id);
      if (phase === undefined) return;
      phases.delete(id);
      refusals.delete(id);
      recharge(queues.remove(phase));
      uncharge(id);
    },
    addReadings(readings, nowMs) {
      let late = 0;
      for (const reading of readings) {
        if (!ledger.addReading(reading)) {
          late++;
          continue;
        }
        const until = ledger.readUntil(reading.device);
        if (until === undefined) continue;
        finalTimes.noteReading(reading.device, unixMsOf(until), nowMs);
      }
      return late;
    },
    addWork(readings, nowMs) {
      let late = 0;
      for (const reading of readings) {
        if (!ledger.addWork(reading)) late++;
        else finalTimes.noteCount(reading.device, unixMsOf(reading.at), nowMs);
      }
      return late;
    },
    chargedOf,
    footprintOf: (phase, isProvisional) =>
      phaseFootprint(
        phase,
        chargedOf(phase),
        { partial: partialLoadOf(phase), isProvisional },
        options,
      ),
    chargedStartOf: queues.startOf,
    finalAtMs: (phase) =>
      finalTimes.finalAtMs(
        Number(phase.endUnixNano / 1_000_000n),
        meteredBy(phase),
        (sampling.probabilityOf(phase) ?? 1) === 1,
      ),
    isKept: (phase) => elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0,
    renew(nodes, epoch) {
      addDevices(nodes);
      zones.renew(nodes, epoch);
    },
    balances: () => ledger.balances(),
    work: () => ledger.work(),
    seenFractions: () =>
      sampling.fractions(phases.values(), finalTimes.hasCounts ? ledger.balances() : []),
    expire(beforeMs) {
      expiredBefore = instantOfMs(Math.max(0, Math.floor(beforeMs)));
      for (const [id, phase] of phases) {
        if (elapsedNs(instantOf(phase.endUnixNano), expiredBefore) <= 0) continue;
        phases.delete(id);
        handles.delete(id);
        refusals.delete(id);
      }
      queues.dropBefore(unixNanoOf(expiredBefore));
      ledger.expire(expiredBefore);
    },
    refused,
    get phaseCount() {
      return ledger.phaseCount;
    },
    get byteLength() {
      return ledger.byteLength;
    },
  };
}
