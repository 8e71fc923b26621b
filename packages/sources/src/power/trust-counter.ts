import { elapsedNs, type Instant } from "@wattspan/footprint";

/** Shortest stretch that is judged. */
const JUDGED_NS = 2e9;
/** A counter that says less than a half or more than twice what power says is broken, not just imprecise. */
const MAX_RATIO = 2;

/** Whether a counter can be believed: undecided until it was compared with power. */
export interface CounterTrust {
  readonly verdict: "undecided" | "trusted" | "broken";
  add(joules: number, watts: number, at: Instant): void;
}

/** Compares a device's new counter with its power (some drivers scale it wrongly); decides once. */
export function createCounterTrust(): CounterTrust {
  let verdict: CounterTrust["verdict"] = "undecided";
  let first: { joules: number; at: Instant } | undefined;
  let last: { watts: number; at: Instant } | undefined;
  let powerJoules = 0;
  return {
    get verdict() {
      return verdict;
    },
    add(joules, watts, at) {
      if (verdict !== "undecided") return;
      first ??= { joules, at };
      if (last !== undefined) {
        powerJoules += ((last.watts + watts) / 2) * elapsedNs(last.at, at) * 1e-9;
      }
      last = { watts, at };
      if (elapsedNs(first.at, at) < JUDGED_NS || powerJoules <= 0) return;
      const ratio = (joules - first.joules) / powerJoules;
      verdict = ratio >= 1 / MAX_RATIO && ratio <= MAX_RATIO ? "trusted" : "broken";
    },
  };
}
