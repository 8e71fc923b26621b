import { addNs, createLedger, type IdlePolicy } from "@wattspan/footprint";
import { chargeAll, type EnergyAt } from "../charge-all.ts";
import { createRandom } from "../random.ts";
import type { MeterModel, Sampled } from "./meter-models.ts";
import { hostileCurve, type PowerCurve } from "./power-curve.ts";
import {
  type Extremes,
  extremesOfChain,
  type Piece,
  type PowerRange,
  rateAt,
} from "./tightest-bounds.ts";

/** How our bounds of one window compare with its truth and with the tightest there are. */
interface Judged {
  readonly isTruthInside: boolean;
  /** Undefined where the tightest were not sought. */
  readonly isTightestInside: boolean | undefined;
  /** Our width by the tightest one; undefined where that is (nearly) 0. */
  readonly widthRatio: number | undefined;
  /** Our width by the figure. */
  readonly relativeWidth: number;
}

interface Work {
  readonly from: number;
  readonly to: number;
  readonly weight: number;
}

const TICKS = 600;
const IDLE_WATTS = 75;
const MAX_WATTS = 700;
const START = { epoch: 30_000_000, ns: 0 };
const POLICIES: readonly IdlePolicy[] = ["separate", "separate", "shared", "included"];

/** Judges every phase of one random scene under one hostile curve. */
function judgeScene(model: MeterModel, seed: number, hasTightest: boolean): Judged[] {
  const random = createRandom(seed);
  const works = randomWorks(random, model.period);
  const idlePolicy = POLICIES[Math.floor(random() * POLICIES.length)] as IdlePolicy;
  const isIdleKnown = idlePolicy !== "included" || random() < 0.5;
  const range: PowerRange = {
    minWatts: isIdleKnown ? IDLE_WATTS : 0,
    maxWatts: MAX_WATTS,
    idleWatts: idlePolicy === "included" ? 0 : IDLE_WATTS,
  };
  const loads = loadOf(works);
  const watched = works[Math.floor(random() * works.length)] as Work;
  const curve = hostileCurve(
    {
      ...watched,
      ticks: TICKS,
      tickSeconds: model.tickSeconds,
      period: model.period,
      load: loads.load,
      minWatts: IDLE_WATTS,
      maxWatts: MAX_WATTS,
    },
    seed,
  );
  const sampled = model.sample(curve, random);
  const energyAt = charge(
    model,
    sampled,
    works,
    idlePolicy,
    isIdleKnown,
    Math.floor(random() * 60_000),
  );
  return works.map((work, id) => {
    const classes = classesOf(work, loads, idlePolicy === "shared", model.tickSeconds);
    const energy = energyAt(id);
    const ours: Extremes = [energy?.lowerJoules ?? Number.NaN, energy?.upperJoules ?? Number.NaN];
    const truth = truthOf(classes, curve, range);
    const tightest = hasTightest ? tightestOf(classes, sampled, work, range) : undefined;
    return judge(ours, truth, tightest, energy?.windowJoules ?? Number.NaN);
  });
}

function judge(
  ours: Extremes,
  truth: number,
  tightest: Extremes | undefined,
  scale: number,
): Judged {
  const slack = 1e-9 * scale + 1e-9;
  const holds = ([lower, upper]: Extremes): boolean =>
    lower >= ours[0] - slack && upper <= ours[1] + slack;
  const width = ours[1] - ours[0];
  const least = tightest === undefined ? undefined : tightest[1] - tightest[0];
  return {
    isTruthInside: holds([truth, truth]),
    isTightestInside: tightest === undefined ? undefined : holds(tightest),
    widthRatio: least === undefined || least < 1e-3 * scale ? undefined : width / least,
    relativeWidth: width / Math.max(truth, 1e-9 * scale),
  };
}

function randomWorks(random: () => number, period: number): Work[] {
  const edge = 2 * period + 10;
  return Array.from({ length: 1 + Math.floor(random() * 6) }, () => {
    const from = edge + Math.floor(random() * (TICKS - 2 * edge - 2));
    const most = random() < 0.5 ? period * 2 : TICKS;
    const to = Math.min(TICKS - edge, from + 1 + Math.floor(random() * most));
    return { from, to, weight: 1 + Math.floor(random() * 300) };
  });
}

interface Loads {
  readonly load: Float64Array;
  readonly running: Float64Array;
}

const rateOf = ({ from, to, weight }: Work): number => weight / (to - from);

function loadOf(works: readonly Work[]): Loads {
  const load = new Float64Array(TICKS);
  const running = new Float64Array(TICKS);
  for (const work of works) {
    for (let tick = work.from; tick < work.to; tick++) {
      load[tick] = (load[tick] as number) + rateOf(work);
      running[tick] = (running[tick] as number) + 1;
    }
  }
  return { load, running };
}

/** Ticks by what a joule drawn in them is worth to the phase. */
interface Classes {
  readonly of: readonly Omit<Piece, "seconds">[];
  /** Class of every tick. */
  readonly at: Uint16Array;
  readonly tickSeconds: number;
}

function classesOf(
  work: Work,
  { load, running }: Loads,
  isShared: boolean,
  tickSeconds: number,
): Classes {
  const of: Omit<Piece, "seconds">[] = [{ share: 0, idleShare: 0 }];
  const at = new Uint16Array(TICKS);
  for (let tick = work.from; tick < work.to; tick++) {
    const share = rateOf(work) / (load[tick] as number);
    const idleShare = isShared ? 1 / (running[tick] as number) : 0;
    let found = of.findIndex((one) => one.share === share && one.idleShare === idleShare);
    if (found < 0) found = of.push({ share, idleShare }) - 1;
    at[tick] = found;
  }
  return { of, at, tickSeconds };
}

function truthOf(
  { of, at, tickSeconds }: Classes,
  { watts }: PowerCurve,
  range: PowerRange,
): number {
  return watts.reduce((sum, power, tick) => {
    const piece = { ...(of[at[tick] as number] as Omit<Piece, "seconds">), seconds: tickSeconds };
    return sum + rateAt(piece, power, range.idleWatts) * tickSeconds;
  }, 0);
}

function tightestOf(
  classes: Classes,
  { chains }: Sampled,
  work: Work,
  range: PowerRange,
): Extremes | undefined {
  const piecesOf = (from: number, to: number): Piece[] => {
    const seconds = classes.of.map(() => 0);
    for (let tick = from; tick < to; tick++) {
      const of = classes.at[tick] ?? 0;
      seconds[of] = (seconds[of] as number) + classes.tickSeconds;
    }
    return classes.of
      .map((one, i) => ({ ...one, seconds: seconds[i] as number }))
      .filter((one) => one.seconds > 0);
  };
  let found: Extremes | undefined;
  for (const chain of chains) {
    const first = chain.findLastIndex(({ times }) => Math.max(...times) <= work.from);
    const last = chain.findIndex(({ times }) => Math.min(...times) >= work.to);
    const extremes = extremesOfChain(
      chain.slice(Math.max(0, first), last < 0 ? undefined : last + 1),
      piecesOf,
      range,
    );
    if (extremes === undefined) continue;
    found =
      found === undefined
        ? extremes
        : [Math.min(found[0], extremes[0]), Math.max(found[1], extremes[1])];
  }
  return found;
}

function charge(
  { kind, tickSeconds, maxClockSkewTicks, gainError }: MeterModel,
  { readings }: Sampled,
  works: readonly Work[],
  idlePolicy: IdlePolicy,
  isIdleKnown: boolean,
  startMs: number,
): EnergyAt {
  const tickNs = tickSeconds * 1e9;
  const at = (tick: number) => addNs(START, startMs * 1e6 + Math.round(tick * tickNs));
  const ledger = createLedger({
    idlePolicy,
    maxCounterGapNs: 600e9,
    maxPowerGapNs: 120e9,
    maxClockSkewNs: maxClockSkewTicks * tickNs,
    gainError,
    maxPhaseNs: 3600e9,
    keepNs: 4200e9,
  });
  const device = { key: "n/a", node: "n", id: "a", maxWatts: MAX_WATTS };
  ledger.addDevice(isIdleKnown ? { ...device, idleWatts: IDLE_WATTS } : device);
  for (const { tick, value, earliest } of readings) {
    const range = earliest === undefined ? {} : { earliest: at(earliest) };
    ledger.addReading({ device: "n/a", kind, value, at: at(tick), ...range });
  }
  const devices = [{ device: "n/a", share: 1 }];
  return chargeAll(
    ledger,
    works.map(({ from, to, weight }, idLow) => ({
      idHigh: 0,
      idLow,
      start: at(from),
      end: at(to),
      weight,
      devices,
    })),
  );
}

/** What is to be said of one meter. */
export interface Verdict {
  readonly curves: number;
  readonly windows: number;
  readonly truthInside: number;
  /** Windows whose tightest bounds were sought, and that our bounds hold. */
  readonly sought: number;
  readonly tightestInside: number;
  /** Our width by the tightest, where that is not 0. */
  readonly medianRatio: number;
  readonly p95Ratio: number;
  readonly largestRatio: number;
  /** Our width by the truth. */
  readonly medianWidth: number;
}

/** Judgements of at least `windows` windows of a meter, summed up; the tightest bounds are sought for every `each`th scene. */
export function judgeModel(model: MeterModel, windows: number, each: number): Verdict {
  const all: Judged[] = [];
  let curves = 0;
  for (; all.length < windows; curves++)
    all.push(...judgeScene(model, curves, curves % each === 0));
  const sought = all.filter((one) => one.isTightestInside !== undefined);
  const ratios = all.flatMap((one) => one.widthRatio ?? []).sort((a, b) => a - b);
  const widths = all.map((one) => one.relativeWidth).sort((a, b) => a - b);
  return {
    curves,
    windows: all.length,
    truthInside: all.filter((one) => one.isTruthInside).length,
    sought: sought.length,
    tightestInside: sought.filter((one) => one.isTightestInside === true).length,
    medianRatio: ratios[Math.floor(ratios.length / 2)] ?? Number.NaN,
    p95Ratio: ratios[Math.floor(ratios.length * 0.95)] ?? Number.NaN,
    largestRatio: ratios[ratios.length - 1] ?? Number.NaN,
    medianWidth: widths[Math.floor(widths.length / 2)] ?? Number.NaN,
  };
}
