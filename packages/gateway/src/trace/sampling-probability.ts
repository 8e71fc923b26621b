const DIGITS = 14;

/**
 * How probable it was that a span was sampled, by the rejection threshold in its trace state (`ot=th:…`, OpenTelemetry's
 * probability sampling: 1 to 14 hex digits, zeros at the end left out); undefined where it does not say.
 */
export function samplingProbabilityOf(traceState: string): number | undefined {
  if (!traceState.includes("th:")) return undefined;
  for (const member of traceState.split(",")) {
    const [, list] = /^\s*ot=(.*?)\s*$/.exec(member) ?? [];
    const [, threshold] = /(?:^|;)th:([0-9a-f]{1,14})(?:;|$)/.exec(list ?? "") ?? [];
    if (threshold === undefined) continue;
    // Up to 2^56: a double holds 53 bits of it, which is exact enough for a probability.
    const rejected = Number.parseInt(threshold.padEnd(DIGITS, "0"), 16) / 2 ** 56;
    return Math.max(2 ** -56, 1 - rejected);
  }
  return undefined;
}

/** The least of what the spans of a trace tell: it is whole only where all of them were sampled. */
export function traceProbabilityOf(
  spans: Iterable<{ readonly probability?: number }>,
): number | undefined {
  let least: number | undefined;
  for (const { probability } of spans) {
    if (probability !== undefined && !(probability >= (least ?? Infinity))) least = probability;
  }
  return least;
}
