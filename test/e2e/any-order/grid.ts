import { EPOCH_NS, type IntensitySource, instantOf, unixNanoOf } from "@wattspan/footprint";

/** Length and offset of a zone's steps, ns. */
const steps: ReadonlyMap<string, { readonly everyNs: bigint; readonly offsetNs: bigint }> = new Map(
  [
    // Every five minutes, at times that are no whole minutes.
    ["ZONE-A", { everyNs: 300_000_000_000n, offsetNs: 17_250_000_001n }],
    // Hourly.
    ["ZONE-B", { everyNs: 3_600_000_000_000n, offsetNs: 0n }],
    // Several in one epoch, some of them at its start.
    ["ZONE-C", { everyNs: 20_000_000_000n, offsetNs: 0n }],
  ],
);

/** Grid factors that change often. */
export const steppedIntensity: IntensitySource = {
  name: "stepped",
  factorAt(zone, at) {
    const step = steps.get(zone);
    if (step === undefined) return { missing: "unknown_zone" };
    const index = (unixNanoOf(at) - step.offsetNs) / step.everyNs;
    const fromNs = index * step.everyNs + step.offsetNs;
    return {
      id: `stepped/${zone}/${index}`,
      zone,
      gramsPerKwh: 50 + (Math.imul(Number(index % 1_000_000n), 0x9e3779b1) >>> 22),
      from: instantOf(fromNs),
      to: instantOf(fromNs + step.everyNs),
      signal: "average",
      basis: "lifecycle",
      accounting: "location_based",
      tier: "measured",
      provider: "stepped",
      datasetVersion: "1",
      licence: "none",
    };
  },
  changesIn(zone, epoch) {
    const step = steps.get(zone);
    if (step === undefined) return [];
    const startNs = unixNanoOf({ epoch, ns: 0 });
    const changes: number[] = [];
    let atNs = startNs - ((startNs - step.offsetNs) % step.everyNs) + step.everyNs;
    for (; atNs < startNs + BigInt(EPOCH_NS); atNs += step.everyNs) {
      changes.push(Number(atNs - startNs));
    }
    return changes;
  },
};
