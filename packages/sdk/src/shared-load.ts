import {
  addNs,
  compareInstants,
  elapsedNs,
  type Instant,
  type LoadReading,
  type Phase,
} from "@wattspan/footprint";

/** Others' share that leaves our own phases at least a thousandth of the load. */
const MOST_SHARE = 0.999;

/** What other processes do on one device, as a load beside our own phases. */
export interface SharedLoad {
  /** Others' part of the device's busy time over a stretch, 0 to 1; stretches in time order. */
  addUse(from: Instant, to: Instant, othersShare: number): void;
  addPhase(phase: Phase): void;
  /** Up to when use is known; undefined where nobody tells it. */
  readonly knownUntil: Instant | undefined;
  /**
   * Whole loads from where the last call ended up to `until`, before which nothing may be added any more: own load
   * divided by our part of it, wherever our load changes.
   */
  takeLoads(until: Instant): readonly LoadReading[];
  expire(before: Instant): void;
}

interface Use {
  readonly from: Instant;
  readonly to: Instant;
  readonly othersShare: number;
}

/** Creates the shared load of a device (key), without any use. */
export function createSharedLoad(device: string): SharedLoad {
  let uses: Use[] = [];
  let phases: Phase[] = [];
  let taken: Instant = { epoch: Number.NEGATIVE_INFINITY, ns: 0 };
  let knownUntil: Instant | undefined;

  function loadsOf(use: Use, from: Instant, to: Instant): LoadReading[] {
    const open = phases.filter(
      ({ start, end, weight }) =>
        weight > 0 && compareInstants(start, to) < 0 && compareInstants(end, from) > 0,
    );
    const inside = (at: Instant): boolean =>
      compareInstants(at, from) > 0 && compareInstants(at, to) < 0;
    const cuts = open.flatMap(({ start, end }) => [start, end]).filter(inside);
    const bounds = [from, ...cuts.sort(compareInstants), to];
    return bounds.slice(1).flatMap((end, i): LoadReading[] => {
      const start = bounds[i] as Instant;
      const seconds = elapsedNs(start, end) * 1e-9;
      const middle = addNs(start, (seconds * 1e9) / 2);
      const rate = open.reduce((sum, phase) => sum + rateAt(phase, device, middle), 0);
      if (seconds <= 0 || rate === 0) return [];
      const weight = (rate * seconds) / (1 - use.othersShare);
      return [{ device, from: start, to: end, weight, running: 0 }];
    });
  }

  return {
    addUse(from, to, othersShare) {
      if (compareInstants(from, to) >= 0) return;
      knownUntil = to;
      if (othersShare > 0) uses.push({ from, to, othersShare: Math.min(MOST_SHARE, othersShare) });
    },
    addPhase(phase) {
      phases.push(phase);
    },
    get knownUntil() {
      return knownUntil;
    },
    takeLoads(until) {
      const loads = uses.flatMap((use) => {
        const from = compareInstants(use.from, taken) > 0 ? use.from : taken;
        const to = compareInstants(use.to, until) < 0 ? use.to : until;
        return compareInstants(from, to) < 0 ? loadsOf(use, from, to) : [];
      });
      const end =
        knownUntil !== undefined && compareInstants(knownUntil, until) < 0 ? knownUntil : until;
      if (compareInstants(end, taken) > 0) taken = end;
      return loads;
    },
    expire(before) {
      uses = uses.filter(({ to }) => compareInstants(to, before) >= 0);
      phases = phases.filter(({ end }) => compareInstants(end, before) >= 0);
    },
  };
}

function rateAt(phase: Phase, device: string, at: Instant): number {
  if (compareInstants(phase.start, at) > 0 || compareInstants(phase.end, at) < 0) return 0;
  const share = phase.devices.find((part) => part.device === device)?.share ?? 0;
  return (share * phase.weight) / (elapsedNs(phase.start, phase.end) * 1e-9);
}
