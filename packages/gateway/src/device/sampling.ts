import type { DeviceBalance } from "@wattspan/footprint";
import type { SamplingOptions } from "../pipeline-options.ts";

/** Phases that a seen fraction rests on before anybody is told of it. */
const ENOUGH_PHASES = 300;
/** From this factor on two fractions disagree. */
const DISAGREEMENT = 1.25;

/** Which part of the work is seen, by all that tell of it; absent where one does not. */
export interface SeenFractions {
  /** Work of seen phases, by what engines counted of the same time. */
  readonly counters?: number;
  /** What trace states say, the harmonic mean over phases. */
  readonly tracestate?: number;
  readonly configuration?: number;
}

/** A phase as far as its sampling matters. */
interface SampledPhase {
  readonly probability?: number;
}

/** Knows how probable it was that a phase is seen. */
export interface Sampling {
  /** Absent: certain, or not known. */
  probabilityOf(phase: SampledPhase): number | undefined;
  /** Why spans alone tell of the load beside a phase in part only; `unsampled`: nobody knows which part. */
  partialOf(phase: SampledPhase): "sampled" | "unsampled" | undefined;
  /** Devices whose work is seen in part only, whether a span tells of it or not. */
  readonly isPartial: boolean;
  fractions(phases: Iterable<SampledPhase>, balances: readonly DeviceBalance[]): SeenFractions;
}

/** Creates it from what is configured, absent: all traces arrive; what a trace state says goes before. */
export function createSampling(
  { probability: configured }: SamplingOptions = { probability: 1 },
): Sampling {
  const probabilityOf: Sampling["probabilityOf"] = ({ probability }) =>
    probability ?? (typeof configured === "number" && configured < 1 ? configured : undefined);
  return {
    probabilityOf,
    partialOf(phase) {
      if ((probabilityOf(phase) ?? 1) < 1) return "sampled";
      const isUnknown = phase.probability === undefined && configured === "unknown";
      return isUnknown ? "unsampled" : undefined;
    },
    isPartial: typeof configured === "number" && configured < 1,
    fractions(phases, balances) {
      let known = 0;
      const told = new Map<number, number>();
      for (const { probability } of phases) {
        known++;
        if (probability !== undefined) told.set(probability, (told.get(probability) ?? 0) + 1);
      }
      const tracestate = harmonicMeanOf(told);
      let counted = 0;
      let shown = 0;
      for (const { countedWeight = 0, shownWeight = 0 } of balances) {
        counted += countedWeight;
        shown += shownWeight;
      }
      return {
        ...(counted > 0 && known >= ENOUGH_PHASES ? { counters: shown / counted } : {}),
        ...(tracestate === undefined ? {} : { tracestate }),
        ...(typeof configured === "number" ? { configuration: configured } : {}),
      };
    },
  };
}

/** The mean by what phases stand for, of enough of them; summed in order, so that it has the same bits whoever came first. */
function harmonicMeanOf(counts: ReadonlyMap<number, number>): number | undefined {
  let phases = 0;
  let stoodFor = 0;
  for (const [probability, count] of [...counts].sort(([a], [b]) => a - b)) {
    phases += count;
    stoodFor += count / probability;
  }
  return phases >= ENOUGH_PHASES ? phases / stoodFor : undefined;
}

/** The pair of fractions that is furthest apart, where that is too far. */
export function disagreementOf(
  fractions: SeenFractions,
): readonly [less: keyof SeenFractions, more: keyof SeenFractions] | undefined {
  const known = (["counters", "tracestate", "configuration"] as const)
    .flatMap((name) => {
      const value = fractions[name];
      return value === undefined ? [] : [{ name, value }];
    })
    .sort((a, b) => a.value - b.value);
  const [less, more] = [known[0], known.at(-1)];
  if (less === undefined || more === undefined) return undefined;
  return more.value > DISAGREEMENT * less.value ? [less.name, more.name] : undefined;
}
