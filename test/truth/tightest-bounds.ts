/**
 * The exact extremes of one phase's figure over every power curve that the meter allows, solved by the dual of the
 * linear programme: with price `λ` on the interval's energy each piece of time picks its best power alone, and the
 * best `λ` is one of the slopes. Nothing here is shared with the library.
 */

/** One piece of time in which nothing changes. */
export interface Piece {
  readonly seconds: number;
  /** The phase's share of dynamic energy, its rate by the load; 0 while it is closed. */
  readonly share: number;
  /** Its share of baseline energy; 0 unless the policy shares it. */
  readonly idleShare: number;
}

/** What the device can draw and what of it is subtracted as baseline, W. */
export interface PowerRange {
  readonly minWatts: number;
  readonly maxWatts: number;
  readonly idleWatts: number;
}

/** Lower and upper extreme, J. */
export type Extremes = readonly [lower: number, upper: number];

/** Extremes over one interval that drew `joules`; undefined where no curve within the range can. */
export function extremesOf(
  pieces: readonly Piece[],
  joules: number,
  range: PowerRange,
): Extremes | undefined {
  const seconds = pieces.reduce((sum, piece) => sum + piece.seconds, 0);
  const slack = 1e-9 * Math.abs(joules) + 1e-12;
  if (joules < range.minWatts * seconds - slack) return undefined;
  if (joules > range.maxWatts * seconds + slack) return undefined;
  const merged = merge(pieces);
  const levels = [...new Set([range.minWatts, range.idleWatts, range.maxWatts])].filter(
    (watts) => watts >= range.minWatts && watts <= range.maxWatts,
  );
  const rated = merged.map((piece) => ({
    seconds: piece.seconds,
    rates: levels.map((watts) => rateAt(piece, watts, range.idleWatts)),
  }));
  let upper = Infinity;
  let lower = -Infinity;
  for (const price of slopesOf(rated, levels)) {
    let most = price * joules;
    let least = most;
    for (const { seconds: length, rates } of rated) {
      let best = -Infinity;
      let worst = Infinity;
      for (let i = 0; i < levels.length; i++) {
        const net = (rates[i] as number) - price * (levels[i] as number);
        if (net > best) best = net;
        if (net < worst) worst = net;
      }
      most += best * length;
      least += worst * length;
    }
    upper = Math.min(upper, most);
    lower = Math.max(lower, least);
  }
  return [Math.max(0, lower), Math.max(0, upper)];
}

/** The phase's figure per second at a power. */
export function rateAt({ share, idleShare }: Piece, watts: number, idleWatts: number): number {
  return share * Math.max(0, watts - idleWatts) + idleShare * Math.min(watts, idleWatts);
}

function merge(pieces: readonly Piece[]): Piece[] {
  const merged = new Map<string, { seconds: number; share: number; idleShare: number }>();
  for (const { seconds, share, idleShare } of pieces) {
    const key = `${share} ${idleShare}`;
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { seconds, share, idleShare });
    else known.seconds += seconds;
  }
  return [...merged.values()];
}

function slopesOf(
  rated: readonly { readonly rates: readonly number[] }[],
  levels: readonly number[],
): Set<number> {
  const slopes = new Set<number>([0]);
  for (const { rates } of rated) {
    for (let i = 0; i < levels.length; i++) {
      for (let j = 0; j < i; j++) {
        const run = (levels[i] as number) - (levels[j] as number);
        if (run !== 0) slopes.add(((rates[i] as number) - (rates[j] as number)) / run);
      }
    }
  }
  return slopes;
}

/** A reading whose time is known to lie among `times`, ascending, in ticks; `joules` since the reading before it. */
export interface TimedReading {
  readonly times: readonly number[];
  readonly joules: number;
}

/**
 * Extremes over a chain of readings whose times are ranges: every choice of times is tried, by dynamic programming.
 * `piecesOf` gives what lies between two ticks.
 */
export function extremesOfChain(
  readings: readonly TimedReading[],
  piecesOf: (from: number, to: number) => readonly Piece[],
  range: PowerRange,
): Extremes | undefined {
  let reached: { at: number; lower: number; upper: number }[] = (readings[0]?.times ?? []).map(
    (at) => ({ at, lower: 0, upper: 0 }),
  );
  for (const { times, joules } of readings.slice(1)) {
    const next: typeof reached = [];
    for (const to of times) {
      let lower = Infinity;
      let upper = -Infinity;
      for (const from of reached) {
        if (from.at >= to) continue;
        const found = extremesOf(piecesOf(from.at, to), joules, range);
        if (found === undefined) continue;
        lower = Math.min(lower, from.lower + found[0]);
        upper = Math.max(upper, from.upper + found[1]);
      }
      if (upper >= lower) next.push({ at: to, lower, upper });
    }
    reached = next;
  }
  if (reached.length === 0) return undefined;
  return [
    Math.min(...reached.map((one) => one.lower)),
    Math.max(...reached.map((one) => one.upper)),
  ];
}
