import { elapsedNs, type Instant, type MeterKind } from "@wattspan/footprint";

/** Joules that two meters of one device counted over the same time. */
export interface CheckedJoules {
  readonly readJoules: number;
  readonly checkJoules: number;
}

/** Compares a meter that is read with another of the same device. */
export interface CrossCheck {
  readonly total: CheckedJoules;
  add(side: "read" | "check", value: number, at: Instant): void;
}

interface Side {
  readonly kind: MeterKind;
  /** Cumulated joules at the times of readings, those that are still needed. */
  readonly points: { readonly ns: number; readonly joules: number }[];
  value: number;
}

/** Readings that wait for the other side; beyond it the comparison starts anew. */
const MAX_POINTS = 1000;

/** Creates the comparison. A counter that falls restarts it; times before the last of a side are passed over. */
export function createCrossCheck(read: MeterKind, check: MeterKind): CrossCheck {
  const sides = { read: createSide(read), check: createSide(check) };
  let start: Instant | undefined;
  let readJoules = 0;
  let checkJoules = 0;
  /** Until when both were compared, ns after `start`. */
  let doneNs: number | undefined;

  function restart(): void {
    for (const { points } of [sides.read, sides.check]) points.length = 0;
    doneNs = undefined;
  }

  function advance(): void {
    const first = Math.max(firstNs(sides.read), firstNs(sides.check));
    const until = Math.min(lastNs(sides.read), lastNs(sides.check));
    const from = doneNs ?? first;
    if (!(until > from)) return;
    readJoules += between(sides.read, from, until);
    checkJoules += between(sides.check, from, until);
    doneNs = until;
    for (const { points } of [sides.read, sides.check]) {
      while (points.length > 1 && (points[1]?.ns ?? 0) <= until) points.shift();
    }
  }

  return {
    get total() {
      return { readJoules, checkJoules };
    },
    add(name, value, at) {
      start ??= at;
      const side = sides[name];
      const ns = elapsedNs(start, at);
      const last = side.points.at(-1);
      if (last !== undefined && ns <= last.ns) return;
      if (side.kind === "counter" && last !== undefined && value < side.value) restart();
      if (side.points.length >= MAX_POINTS) restart();
      const before = side.points.at(-1);
      const joules = before === undefined ? 0 : before.joules + gained(side, before.ns, value, ns);
      side.points.push({ ns, joules });
      side.value = value;
      advance();
    },
  };
}

function createSide(kind: MeterKind): Side {
  return { kind, points: [], value: 0 };
}

function gained({ kind, value: before }: Side, fromNs: number, value: number, ns: number): number {
  return kind === "counter" ? value - before : ((before + value) / 2) * (ns - fromNs) * 1e-9;
}

const firstNs = ({ points }: Side): number => points[0]?.ns ?? Number.POSITIVE_INFINITY;
const lastNs = ({ points }: Side): number => points.at(-1)?.ns ?? Number.NEGATIVE_INFINITY;

function between(side: Side, fromNs: number, toNs: number): number {
  return joulesAt(side, toNs) - joulesAt(side, fromNs);
}

function joulesAt({ points }: Side, ns: number): number {
  const i = points.findIndex((point) => point.ns >= ns);
  const after = points[i];
  const before = points[i - 1];
  if (after === undefined) return points.at(-1)?.joules ?? 0;
  if (before === undefined || after.ns === ns) return after.joules;
  return (
    before.joules + ((after.joules - before.joules) * (ns - before.ns)) / (after.ns - before.ns)
  );
}
