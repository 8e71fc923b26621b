import {
  type Device,
  type DeviceEnergy,
  elapsedNs,
  instantOf,
  type PhaseEnergy,
  sumDevices,
} from "@wattspan/footprint";
import type { PhaseStage, StagedPhase } from "../device/device-stage.ts";
import { devicesOfNode, hostKeysOf } from "../device/node-devices.ts";
import { type ChargedPhase, phaseFootprint } from "../device/phase-footprint.ts";
import { createSampling } from "../device/sampling.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import { partitionOf } from "./partition-of.ts";
import type { DevicePartial, EnergyRecord } from "./records/energy-record.ts";
import type { PhaseMessage, PhaseRecord } from "./records/phase-record.ts";

/** A message with the partition of `phases` that it goes to. */
export interface AddressedPhase {
  readonly partition: number;
  readonly message: PhaseMessage;
}

/** The device stage as the trace role sees it: phases are told to other machines, and their energies come back. */
export interface RemoteDevices extends PhaseStage {
  /** What one partition of devices says of a phase, at `atMs`; later ones replace earlier ones. */
  put(record: EnergyRecord, atMs: number): void;
  /** The record of `spans` that what follows comes from; it is not told again where others told it before. */
  setOrigin(spansOffset: number, isTold: boolean): void;
  /** Phases to tell since the last call, in order. */
  takeTold(): readonly AddressedPhase[];
  /** Forgets phases that ended before. */
  expire(beforeMs: number): void;
}

/** What is known of a phase. */
interface Known {
  /** As told last. */
  readonly partitions: readonly number[];
  readonly phase: StagedPhase;
}

/** What the devices of a phase say of it. */
interface Figures {
  /** By device key. */
  readonly partials: Map<string, DevicePartial>;
  /** Partitions of devices that have said theirs. */
  readonly heard: Set<number>;
  /** By partition of devices. */
  readonly refusals: Map<number, string>;
  chargedStartUnixNano: bigint;
  atMs: number;
}

/** Why a phase that left early has no figure: its devices have not said theirs. */
const NOT_SETTLED = "not_settled";

/** Creates the stage of one partition of `spans`, over so many partitions of `phases`. */
export function createRemoteDevices(
  options: PipelineOptions,
  { spansPartition, partitions }: { spansPartition: number; partitions: number },
): RemoteDevices {
  const known = new Map<string, Known>();
  const figures = new Map<string, Figures>();
  const described = new Map<string, Device>();
  const sampling = createSampling(options.sampling);
  for (const node of options.nodes) {
    for (const device of devicesOfNode(node, sampling.isPartial)) described.set(device.key, device);
  }
  let told: AddressedPhase[] = [];
  let spansOffset = 0;
  let isTold = false;
  let expiredBeforeMs = Number.NEGATIVE_INFINITY;

  /** All that the phase is charged on, its machine's CPUs and memory included, in order. */
  function keysOf({ placement }: StagedPhase): readonly string[] {
    if ("missing" in placement) return [];
    const keys = placement.devices.map(({ key }) => key);
    return [...new Set([...keys, ...hostKeysOf(placement)])].sort();
  }

  const partitionsOf = (phase: StagedPhase): readonly number[] => [
    ...new Set(keysOf(phase).map((key) => partitionOf(key, partitions))),
  ];

  function tell(phase: StagedPhase, to: readonly number[]): void {
    const record = recordOf(phase);
    if (record === undefined || isTold) return;
    for (const partition of to) {
      told.push({
        partition,
        message: { kind: "phase", spansPartition, spansOffset, phase: record },
      });
    }
  }

  function untell(id: string, from: readonly number[]): void {
    if (isTold) return;
    for (const partition of from) {
      told.push({ partition, message: { kind: "removed", spansPartition, spansOffset, id } });
    }
  }

  /** The phase's energy where all its devices have said theirs. */
  function energyOf(phase: StagedPhase): PhaseEnergy | undefined {
    const said = figures.get(phase.id);
    if (said === undefined || "missing" in phase.placement) return undefined;
    const devices: DeviceEnergy[] = [];
    for (const key of keysOf(phase)) {
      const partial = said.partials.get(key);
      if (partial === undefined) return undefined;
      const { deviceKey: _, ...energy } = partial;
      devices.push({ device: described.get(key) ?? deviceOf(key), ...energy });
    }
    const durationNs = elapsedNs(
      instantOf(said.chargedStartUnixNano),
      instantOf(phase.endUnixNano),
    );
    return sumDevices(devices, durationNs);
  }

  /** Asked at every tick: where the phase was told is remembered. */
  function isSettled(phase: StagedPhase, said: Figures | undefined): boolean {
    if (said === undefined) return false;
    const asked = known.get(phase.id)?.partitions ?? partitionsOf(phase);
    return asked.every((partition) => said.heard.has(partition));
  }

  function chargedOf(phase: StagedPhase): ChargedPhase {
    const said = figures.get(phase.id);
    const energy = energyOf(phase);
    const refusal = said?.refusals.values().next().value;
    if (energy !== undefined || refusal !== undefined) return { energy, refusal };
    return { energy, refusal: isSettled(phase, said) ? undefined : NOT_SETTLED };
  }

  return {
    setOrigin(offset, isKnown) {
      spansOffset = offset;
      isTold = isKnown;
    },
    takeTold() {
      const taken = told;
      told = [];
      return taken;
    },
    upsert(phase) {
      const before = known.get(phase.id);
      if (before !== undefined && isSame(before.phase, phase)) return;
      const to = partitionsOf(phase);
      if (before !== undefined) {
        untell(
          phase.id,
          before.partitions.filter((partition) => !to.includes(partition)),
        );
      }
      known.set(phase.id, { phase, partitions: to });
      tell(phase, to);
    },
    remove(id) {
      const before = known.get(id);
      if (before === undefined) return;
      known.delete(id);
      untell(id, before.partitions);
    },
    put(record, atMs) {
      const { phaseId, devicePartition, refusal, chargedStartUnixNano } = record;
      let said = figures.get(phaseId);
      if (said === undefined) {
        said = {
          partials: new Map(),
          heard: new Set(),
          refusals: new Map(),
          chargedStartUnixNano,
          atMs,
        };
        figures.set(phaseId, said);
      }
      said.atMs = atMs;
      said.chargedStartUnixNano = chargedStartUnixNano;
      if (refusal === undefined) said.refusals.delete(devicePartition);
      else said.refusals.set(devicePartition, refusal);
      said.heard.add(devicePartition);
      for (const partial of record.devices) said.partials.set(partial.deviceKey, partial);
    },
    footprintOf: (phase, isProvisional) =>
      phaseFootprint(
        phase,
        chargedOf(phase),
        { partial: sampling.partialOf(phase), isProvisional },
        options,
      ),
    chargedStartOf: (phase) => figures.get(phase.id)?.chargedStartUnixNano ?? phase.startUnixNano,
    finalAtMs(phase) {
      if ("missing" in phase.placement) {
        return Number(phase.endUnixNano / 1_000_000n) + options.join.lingerMs;
      }
      return isSettled(phase, figures.get(phase.id))
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY;
    },
    isKept: (phase) => Number(phase.endUnixNano / 1_000_000n) >= expiredBeforeMs,
    expire(beforeMs) {
      expiredBeforeMs = beforeMs;
      for (const [id, { phase }] of known) {
        if (Number(phase.endUnixNano / 1_000_000n) >= beforeMs) continue;
        known.delete(id);
      }
      for (const [id, { atMs }] of figures) if (atMs < beforeMs) figures.delete(id);
    },
  };
}

function deviceOf(key: string): Device {
  const slash = key.indexOf("/");
  return { key, node: key.slice(0, slash), id: key.slice(slash + 1) };
}

function recordOf(phase: StagedPhase): PhaseRecord | undefined {
  const { placement, queue, ...work } = phase;
  if ("missing" in placement) return undefined;
  const devices = placement.devices.map(({ id, share }) =>
    share === undefined ? { id } : { id, share },
  );
  return { ...work, queue, node: placement.node, devices };
}

function isSame(a: StagedPhase, b: StagedPhase): boolean {
  return (
    a.phase === b.phase &&
    a.startUnixNano === b.startUnixNano &&
    a.endUnixNano === b.endUnixNano &&
    Object.is(a.processedTokens, b.processedTokens) &&
    a.probability === b.probability &&
    a.includesQueueing === b.includesQueueing &&
    a.queue === b.queue &&
    // Placements are kept per distinct worker.
    (a.placement === b.placement || JSON.stringify(a.placement) === JSON.stringify(b.placement))
  );
}
