import { performance } from "node:perf_hooks";
import { addNs, createLedger, type Instant, type Phase } from "@wattspan/footprint";

// Phases settled per second and memory per open phase; 64 phases are open on each device at any time.
const OPEN = 64;
const PHASE_SECONDS = 1;
const METER_MS = 100;
const SECOND_NS = 1e9;
const START: Instant = { epoch: 30_000_000, ns: 0 };

function run(phases: number, devices: number): { perSecond: number; bytesPerOpen: number } {
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
  const perDeviceSecond = OPEN / PHASE_SECONDS;
  const seconds = Math.max(1, Math.ceil(phases / (devices * perDeviceSecond)));
  let made = 0;
  let checksum = 0;
  let openBytes = 0;
  let settled = 0;
  let elapsedMs = 0;
  for (let first = 0; first < seconds; first += 60) {
    const length = Math.min(60, seconds - first);
    const batch: Phase[] = [];
    for (const device of keys) {
      const devicesOfPhase = [{ device, share: 1 }];
      for (let i = 0; i < length * perDeviceSecond && made < phases; i++) {
        const startNs = Math.round(((first + i / perDeviceSecond) * SECOND_NS) % 9e15);
        const start = addNs(START, startNs);
        const durationNs = PHASE_SECONDS * SECOND_NS + ((made * 7919) % 1000);
        batch.push({
          idHigh: (made / 65536) >>> 0,
          idLow: made,
          start,
          end: addNs(start, durationNs),
          weight: 1 + (made % 37),
          devices: devicesOfPhase,
        });
        made++;
      }
    }
    const began = performance.now();
    for (const device of keys) {
      for (let ms = 0; ms <= (length + 2) * 1000; ms += METER_MS) {
        const at = addNs(START, first * SECOND_NS + ms * 1e6);
        ledger.addReading({ device, kind: "counter", value: first * 1e6 + ms * 0.5, at });
      }
    }
    for (const phase of batch) ledger.upsertPhase(phase);
    openBytes = Math.max(openBytes, ledger.byteLength / Math.max(1, ledger.phaseCount));
    for (const { idHigh, idLow } of batch)
      checksum += ledger.energyOf(idHigh, idLow)?.energyJoules ?? 0;
    ledger.expire(addNs(START, (first - 60) * SECOND_NS));
    elapsedMs += performance.now() - began;
    settled += batch.length;
  }
  if (!(checksum > 0)) throw new Error("nothing was charged");
  return { perSecond: (settled / elapsedMs) * 1000, bytesPerOpen: openBytes };
}

run(100_000, 8);
process.stdout.write(
  "phases      devices   phases settled/s   bytes per phase held (readings included)\n",
);
for (const [phases, devices] of [
  [1e4, 1],
  [1e5, 1],
  [1e5, 8],
  [1e6, 8],
  [1e6, 64],
] as const) {
  const { perSecond, bytesPerOpen } = run(phases, devices);
  process.stdout.write(
    `${String(phases).padEnd(12)}${String(devices).padEnd(10)}${Math.round(perSecond).toLocaleString("en").padEnd(19)}${bytesPerOpen.toFixed(0)}\n`,
  );
}
