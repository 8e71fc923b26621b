import { EPOCH_NS } from "../instant.ts";
import {
  type Clocks,
  clockDifference,
  createClockRunner,
  type EpochBalance,
} from "./advance-clocks.ts";
import { createEntryBounder, ownedIntervals } from "./bound-entries.ts";
import { createSegmentBuilder, type Segments } from "./build-segments.ts";
import type { EpochInput } from "./epoch-input.ts";
import { skewIntervals } from "./skew-intervals.ts";

/**
 * Figures of one epoch on one device, in the order of the input's entries. A row holds `stride` figures: those that
 * `FIGURE` names, then the dynamic joules of every part, then, where the policy is `shared`, the baseline share of
 * every part. A row lies together because it is read together.
 */
export interface EpochSettlement {
  /** Times inside the epoch, ns from its start, between which its parts lie. */
  readonly cuts: readonly number[];
  readonly parts: number;
  readonly stride: number;
  readonly rows: Float64Array;
  readonly balance: EpochBalance;
}

/** Where a figure stands in a row. */
export const FIGURE = {
  /** Bounds over the intervals that end in this epoch, J; Infinity where nothing limits the draw. */
  lower: 0,
  upper: 1,
  /** Time inside the epoch that readings cover, and metered joules of that time. */
  coveredNs: 2,
  window: 3,
  dynamic: 4,
} as const;

/** Into how many ranges a possible clock skew is cut: bounds then are about 1.2 times as wide as the tightest. */
const SKEW_PARTS = 16;

/**
 * Creates the settlement of epochs: a pure function of (device, epoch) that reuses its working memory. Energy is
 * conserved: metered = attributed + idle + unattributed.
 */
export function createEpochSettler(): (input: EpochInput) => EpochSettlement {
  const buildSegments = createSegmentBuilder();
  const runClocks = createClockRunner();
  const boundEntries = createEntryBounder();

  /**
   * The clocks of meter and spans differ by one skew: bounds are those of the worst of several ranges of it, much
   * narrower than of every interval's own worst.
   */
  function boundRows(
    input: EpochInput,
    rows: Float64Array,
    stride: number,
    segments: Segments,
    clocks: Clocks,
  ): void {
    const owned = ownedIntervals(input);
    if (input.terms.maxClockSkewNs === 0) {
      boundEntries(input, segments, clocks, rows, stride, owned);
      return;
    }
    const { count } = input.entries;
    const lower = new Float64Array(count).fill(Infinity);
    const upper = new Float64Array(count);
    for (let part = 0; part < SKEW_PARTS; part++) {
      const shifted = { ...input, intervals: skewIntervals(input, part, SKEW_PARTS) };
      const cut = buildSegments(shifted);
      boundEntries(shifted, cut, runClocks(shifted, cut).clocks, rows, stride, owned);
      for (let i = 0; i < count; i++) {
        lower[i] = Math.min(lower[i] as number, rows[i * stride + FIGURE.lower] as number);
        upper[i] = Math.max(upper[i] as number, rows[i * stride + FIGURE.upper] as number);
      }
    }
    for (let i = 0; i < count; i++) {
      rows[i * stride + FIGURE.lower] = lower[i] as number;
      rows[i * stride + FIGURE.upper] = upper[i] as number;
    }
  }

  return (input) => {
    const { entries, cuts, terms } = input;
    const segments = buildSegments(input);
    const { clocks, balance } = runClocks(input, segments);
    const { entryFrom, entryTo, partAt } = segments;
    const parts = cuts.length + 1;
    const { count, rate } = entries;
    const isShared = terms.idlePolicy === "shared";
    const stride = FIGURE.dynamic + (isShared ? parts * 2 : parts);
    const rows = new Float64Array(count * stride);

    const drawnJoules =
      (clocks.drawn[partAt[parts] as number] as number) -
      (clocks.drawn[partAt[0] as number] as number);

    for (let i = 0; i < count; i++) {
      const entry = segments.entryOrder[i] as number;
      const from = entryFrom[entry] as number;
      const to = entryTo[entry] as number;
      const row = entry * stride;
      let coveredNs = 0;
      let windowJoules = 0;
      for (let part = 0; part < parts; part++) {
        const a = Math.max(from, partAt[part] as number);
        const b = Math.min(to, partAt[part + 1] as number);
        if (b <= a) continue;
        coveredNs += (clocks.covered[b] as number) - (clocks.covered[a] as number);
        windowJoules += (clocks.metered[b] as number) - (clocks.metered[a] as number);
        if (rate[entry] === 0) continue;
        let dynamicJoules =
          (rate[entry] as number) * clockDifference(clocks.dynamic, clocks.dynamicRest, a, b);
        if (segments.isPriced) {
          const excess = Math.max(0, dynamicJoules - drawnJoules);
          dynamicJoules -= excess;
          balance.unsampledJoules += excess;
        }
        const idleJoules = isShared ? clockDifference(clocks.idle, clocks.idleRest, a, b) : 0;
        rows[row + FIGURE.dynamic + part] = dynamicJoules;
        if (isShared) rows[row + FIGURE.dynamic + parts + part] = idleJoules;
        balance.attributedJoules += dynamicJoules + idleJoules;
      }
      rows[row + FIGURE.coveredNs] = coveredNs;
      rows[row + FIGURE.window] = windowJoules;
    }
    sumCounted(input, segments, balance);
    boundRows(segments.isPriced ? unbound(input) : input, rows, stride, segments, clocks);
    return { cuts, parts, stride, rows, balance };
  };
}

/** Adds up what engines counted in the epoch, and what phases did in the same time, in canonical order. */
function sumCounted(
  { counted, entries }: EpochInput,
  { entryOrder }: Segments,
  balance: EpochBalance,
): void {
  const loads = counted.flatMap(({ from, to, rate = 0, isMean }) => {
    const inside = { from: Math.max(0, from), to: Math.min(EPOCH_NS, to), rate };
    return isMean === true && inside.to > inside.from ? [inside] : [];
  });
  for (const { from, to, rate } of loads) balance.countedWeight += rate * (to - from) * 1e-9;
  let first = 0;
  for (let i = 0; i < entries.count && first < loads.length; i++) {
    const entry = entryOrder[i] as number;
    const start = entries.start[entry] as number;
    const end = entries.end[entry] as number;
    // Entries are in the order of their starts: what ended before this one began is over for all that follow.
    while ((loads[first]?.to ?? Infinity) <= start) first++;
    let sharedNs = 0;
    for (let k = first; (loads[k]?.from ?? Infinity) < end; k++) {
      const load = loads[k] as (typeof loads)[number];
      sharedNs += Math.min(load.to, end) - Math.max(load.from, start);
    }
    balance.shownWeight += (entries.rate[entry] as number) * sharedNs * 1e-9;
  }
}

/** Where the load is priced a figure may be anything up to what was drawn in its window. */
function unbound(input: EpochInput): EpochInput {
  const { entries } = input;
  return { ...input, entries: { ...entries, queueing: new Uint8Array(entries.count).fill(1) } };
}
