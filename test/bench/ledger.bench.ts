import { performance } from "node:perf_hooks";
import { addNs, createLedger, type Instant, type Ledger, type Phase } from "@wattspan/footprint";

// Phases settled per second in one thread (added, charged, bounded, read once and forgotten) and bytes per phase when
// most are held, readings and figures included. 64 phases are open on each device at any time; each meter is read once a second.
const OPEN = 64;
const PHASE_SECONDS = 1;
const METER_MS = 1000;
const SECOND_NS = 1e9;
const EPOCH_SECONDS = 60;
const PER_DEVICE_EPOCH = (OPEN / PHASE_SECONDS) * EPOCH_SECONDS;
const START: Instant = { epoch: 30_000_000, ns: 0 };
/** Settled before the clock starts, so that the engine has compiled what it will. */
const WARM_UP_PHASES = 300_000;
const GRID = [
  [1e4, 1],
  [1e5, 1],
  [1e6, 1],
  [1e7, 1],
  [1e6, 8],
  [1e7, 8],
  [1e6, 64],
  [1e7, 64],
  [1e7, 1024],
] as const;

interface Tally {
  phases: number;
  elapsedMs: number;
  chargedJoules: number;
  mostHeld: number;
  heldBytes: number;
}

function run(phases: number, devices: number): { perSecond: number; bytesPerPhase: number } {
  const ledger = createLedger({
    maxCounterGapNs: 600 * SECOND_NS,
    maxPowerGapNs: 120 * SECOND_NS,
    maxClockSkewNs: 0,
    gainError: 0.05,
    maxPhaseNs: 60 * SECOND_NS,
    keepNs: 120 * SECOND_NS,
  });
  const keys = Array.from({ length: devices }, (_, i) => `node/GPU-${i}`);
  for (const [i, key] of keys.entries()) {
    ledger.addDevice({ key, node: "node", id: `GPU-${i}`, idleWatts: 75, maxWatts: 700 });
  }
  let epoch = 0;
  let made = 0;
  const settle = (count: number): Tally => {
    const tally = { phases: 0, elapsedMs: 0, chargedJoules: 0, mostHeld: 0, heldBytes: 0 };
    for (; tally.phases < count; epoch++) {
      const most = Math.min(PER_DEVICE_EPOCH * devices, count - tally.phases);
      settleEpoch(ledger, keys, epoch, made, most, tally);
      made += most;
    }
    return tally;
  };
  const warmUp = settle(WARM_UP_PHASES);
  const { elapsedMs, chargedJoules, ...timed } = settle(phases);
  const { mostHeld, heldBytes } = timed.mostHeld > warmUp.mostHeld ? timed : warmUp;
  if (!(chargedJoules > 0)) throw new Error("nothing was charged");
  return { perSecond: (phases / elapsedMs) * 1000, bytesPerPhase: heldBytes / mostHeld };
}

function settleEpoch(
  ledger: Ledger,
  keys: readonly string[],
  epoch: number,
  firstId: number,
  count: number,
  tally: Tally,
): void {
  const handles = new Float64Array(count);
  let at = 0;
  let made = 0;
  for (const [i, device] of keys.entries()) {
    const share = Math.ceil((count - made) / (keys.length - i));
    const batch = makePhases(device, firstId + made, share, epoch);
    made += share;
    const began = performance.now();
    addReadings(ledger, device, epoch);
    for (const phase of batch) handles[at++] = ledger.upsertPhase(phase) as number;
    tally.elapsedMs += performance.now() - began;
  }
  const began = performance.now();
  for (const handle of handles) tally.chargedJoules += ledger.energyOf(handle)?.energyJoules ?? 0;
  const held = ledger.phaseCount;
  const heldBytes = ledger.byteLength;
  ledger.expire(addNs(START, (epoch - 1) * EPOCH_SECONDS * SECOND_NS));
  tally.elapsedMs += performance.now() - began;
  tally.phases += count;
  if (held > tally.mostHeld) {
    tally.mostHeld = held;
    tally.heldBytes = heldBytes;
  }
}

function makePhases(device: string, firstId: number, count: number, epoch: number): Phase[] {
  const devices = [{ device, share: 1 }];
  return Array.from({ length: count }, (_, i) => {
    const id = firstId + i;
    const start = addNs(
      START,
      epoch * EPOCH_SECONDS * SECOND_NS + Math.round((i * PHASE_SECONDS * SECOND_NS) / OPEN),
    );
    const end = addNs(start, PHASE_SECONDS * SECOND_NS + ((id * 7919) % 1000));
    return { idHigh: (id / 65536) >>> 0, idLow: id, start, end, weight: 1 + (id % 37), devices };
  });
}

function addReadings(ledger: Ledger, device: string, epoch: number): void {
  const firstMs = epoch * EPOCH_SECONDS * 1000;
  for (let ms = firstMs; ms <= firstMs + EPOCH_SECONDS * 1000 + 2000; ms += METER_MS) {
    ledger.addReading({ device, kind: "counter", value: ms * 0.5, at: addNs(START, ms * 1e6) });
  }
}

process.stdout.write("phases      devices   phases settled/s   bytes per phase held\n");
const rates = GRID.map(([phases, devices]) => {
  const { perSecond, bytesPerPhase } = run(phases, devices);
  process.stdout.write(
    `${String(phases).padEnd(12)}${String(devices).padEnd(10)}${Math.round(perSecond).toLocaleString("en").padEnd(19)}${bytesPerPhase.toFixed(0)}\n`,
  );
  return perSecond;
});
process.stdout.write(
  `slowest ${Math.round(Math.min(...rates)).toLocaleString("en")}/s, fastest over slowest ${(Math.max(...rates) / Math.min(...rates)).toFixed(2)}\n`,
);
