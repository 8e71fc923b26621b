import { EPOCH_NS, type Instant, type IntensitySource } from "@wattspan/footprint";

/** Sources of factors one after the other: each holds from its instant until the next one's. */
export interface IntensityHistory extends IntensitySource {
  /** `source` holds from the start of the first epoch after `now`: what is settled keeps its factors. */
  renew(source: IntensitySource, now: Instant): void;
}

/** Starts with a source that holds for all time before the first renewal. */
export function createIntensityHistory(first: IntensitySource): IntensityHistory {
  const later: { readonly epoch: number; readonly source: IntensitySource }[] = [];
  const sourceIn = (epoch: number): IntensitySource =>
    later.find((version) => epoch >= version.epoch)?.source ?? first;
  return {
    get name() {
      return (later[0]?.source ?? first).name;
    },
    factorAt(zone, at) {
      const factor = sourceIn(at.epoch).factorAt(zone, at);
      if ("missing" in factor) return factor;
      const next = later.findLast(({ epoch }) => epoch > at.epoch);
      if (next === undefined || factor.to.epoch < next.epoch) return factor;
      return { ...factor, to: { epoch: next.epoch, ns: 0 } };
    },
    changesIn: (zone, epoch) => sourceIn(epoch).changesIn?.(zone, epoch) ?? [],
    renew(source, { epoch, ns }) {
      later.unshift({ epoch: epoch + (ns > 0 && ns < EPOCH_NS ? 1 : 0), source });
    },
  };
}
