import { addNs, createLedger, type Ledger } from "@wattspan/footprint";
import { chargeAll } from "../charge-all.ts";
import {
  TRAFFIC_IDLE_WATTS,
  TRAFFIC_MAX_WATTS,
  TRAFFIC_TOKEN_PRICE,
  type Traffic,
} from "./sampled-traffic.ts";

/** How figures of seen requests deviate from their truth. */
export interface SamplingVerdict {
  /** Σ figures by Σ truth, less 1. */
  readonly bias: number;
  /** Root mean square of the relative error of a request. */
  readonly rms: number;
  /** Metered energy that no line of the balance has, by what was metered. */
  readonly lost: number;
  /** Share of the energy above idle that stands as `unsampled`. */
  readonly unsampled: number;
}

/** How the load that is not seen is known. */
export interface SamplingMethod {
  /** Time between two readings of the device's energy counter, s. */
  readonly meterSeconds: number;
  /** Time between two readings of the engine's counters, s; absent: none. */
  readonly countSeconds?: number;
  /** Nor is the probability known: what is not counted is not there. */
  readonly isUntold?: boolean;
}

const START = { epoch: 30_000_000, ns: 17_123_456_789 };
const KEY = "n/a";

/**
 * Judges traffic of which one in `parts` is seen, `parts` times: every request is seen once, and each time those seen
 * are a random sample. So the bias is of the method, not of who happened to be seen.
 */
export function judgeSampling(
  traffic: Traffic,
  parts: number,
  method: SamplingMethod,
  random: () => number,
): SamplingVerdict {
  const partOf = Uint8Array.from({ length: traffic.requests }, () => Math.floor(random() * parts));
  const figures = new Float64Array(traffic.requests);
  let lost = 0;
  let unsampled = 0;
  for (let part = 0; part < parts; part++) {
    const ledger = ledgerOf(traffic, method);
    const isSeen = (request: number): boolean => partOf[request] === part;
    const sampled = method.isUntold === true ? {} : { probability: 1 / parts };
    const seen = traffic.phases.filter(({ request }) => isSeen(request));
    const energyAt = chargeAll(
      ledger,
      seen.map(({ fromSeconds, toSeconds, weight }, idLow) => {
        const devices = [{ device: KEY, share: 1 }];
        const window = { start: at(fromSeconds), end: at(toSeconds) };
        return { idHigh: 0, idLow, ...window, weight, devices, ...sampled };
      }),
    );
    seen.forEach(({ request }, place) => {
      const joules = energyAt(place)?.dynamicJoules ?? Number.NaN;
      figures[request] = (figures[request] as number) + joules;
    });
    const balance = balanceOf(ledger);
    lost = Math.max(lost, balance.lost);
    unsampled += balance.unsampled / parts;
  }
  return { ...compareFigures(figures, traffic.truthJoules), lost, unsampled };
}

/** Most that all figures together may be off. */
export const MOST_BIAS = 0.025;
/** Requests at once, and the most that a figure of counters and of a price may be off in the mean square. */
export const SAMPLING_GOALS: readonly (readonly [
  concurrency: number,
  byCount: number,
  byPrice: number,
])[] = [
  [1, 0.6, 1.2],
  [5, 0.4, 0.55],
  [20, 0.2, 0.3],
  [64, 0.12, 0.15],
];

const at = (seconds: number) => addNs(START, Math.round(seconds * 1e9));

/** A ledger with all that meter and engine say, and no phase yet. */
function ledgerOf(traffic: Traffic, { meterSeconds, countSeconds }: SamplingMethod): Ledger {
  const ledger = createLedger({
    maxCounterGapNs: 600e9,
    maxPowerGapNs: 120e9,
    maxClockSkewNs: 0,
    gainError: 0.05,
    maxPhaseNs: 3600e9,
    keepNs: 4200e9,
  });
  const watts = { idleWatts: TRAFFIC_IDLE_WATTS, maxWatts: TRAFFIC_MAX_WATTS };
  ledger.addDevice({ key: KEY, node: "n", id: "a", ...watts });
  // Whole epochs before and after the traffic.
  const endSeconds = traffic.endSeconds + 120;
  const readMeter = traffic.createClock();
  for (const seconds of timesEvery(meterSeconds, endSeconds)) {
    const value = readMeter(seconds).joules;
    ledger.addReading({ device: KEY, kind: "counter", value, at: at(seconds) });
  }
  if (countSeconds === undefined) return ledger;
  const readEngine = traffic.createClock();
  for (const seconds of timesEvery(countSeconds, endSeconds + countSeconds)) {
    const { promptTokens, outputTokens, running } = readEngine(seconds);
    ledger.addWork({
      device: KEY,
      source: "engine",
      at: at(seconds),
      prefillTokens: promptTokens,
      decodeTokens: outputTokens,
      running,
      price: { prefill: 1, decode: TRAFFIC_TOKEN_PRICE },
    });
  }
  return ledger;
}

function timesEvery(seconds: number, endSeconds: number): number[] {
  return Array.from({ length: Math.ceil(endSeconds / seconds) + 1 }, (_, i) => i * seconds);
}

function balanceOf(ledger: Ledger): { readonly lost: number; readonly unsampled: number } {
  const [balance] = ledger.balances();
  if (balance === undefined) return { lost: Number.NaN, unsampled: Number.NaN };
  const unattributed = Object.values(balance.unattributed).reduce((sum, joules) => sum + joules, 0);
  const idle = balance.idleOpenJoules + balance.idleEmptyJoules;
  const booked = balance.attributedJoules + idle + unattributed;
  return {
    lost: Math.abs(balance.meteredJoules - booked) / balance.meteredJoules,
    unsampled: (balance.unattributed["unsampled"] ?? 0) / (balance.meteredJoules - idle),
  };
}

function compareFigures(
  figures: Float64Array,
  truth: Float64Array,
): Pick<SamplingVerdict, "bias" | "rms"> {
  let sum = 0;
  let wanted = 0;
  let squares = 0;
  truth.forEach((joules, request) => {
    const figure = figures[request] as number;
    sum += figure;
    wanted += joules;
    squares += (figure / joules - 1) ** 2;
  });
  return { bias: sum / wanted - 1, rms: Math.sqrt(squares / truth.length) };
}
