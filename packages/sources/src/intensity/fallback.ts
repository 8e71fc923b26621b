import {
  type EmissionFactor,
  FACTOR_TIERS,
  type Instant,
  type IntensitySource,
} from "@wattspan/footprint";

/** What factors a chain may give. */
export interface FallbackOptions {
  /** Factors of the other signal are never taken: average and marginal do not mix. Default: average. */
  readonly signal?: EmissionFactor["signal"];
  /** Factors of the other basis come last, flagged `basis_mismatch`. Default: lifecycle. */
  readonly basis?: EmissionFactor["basis"];
  /** Zones whose average stands in for a zone without one, e.g. `WORLD`; tried last, in order. Default: none. */
  readonly lastZones?: readonly string[];
}

/**
 * Several sources as one: the factor of the best tier, of sources with equal tiers the first one's. Where none has a
 * factor, every reason.
 */
export function createFallback(
  sources: readonly IntensitySource[],
  options: FallbackOptions = {},
): IntensitySource {
  const { lastZones = [] } = options;
  const changing = sources.filter((source) => source.changesIn !== undefined);
  return {
    name: sources.map(({ name }) => name).join(", "),
    factorAt(zone, at) {
      const found = bestOf(sources, zone, at, options);
      if (!("missing" in found)) return found;
      for (const last of lastZones) {
        const stand = bestOf(sources, last, at, options);
        if (!("missing" in stand)) return flagged(stand, `stands_in_for_${zone}`);
      }
      return found;
    },
    ...(changing.length === 0
      ? {}
      : {
          changesIn: (zone: string, epoch: number) =>
            [...new Set(changing.flatMap((source) => source.changesIn?.(zone, epoch) ?? []))].sort(
              (a, b) => a - b,
            ),
        }),
  };
}

function bestOf(
  sources: readonly IntensitySource[],
  zone: string,
  at: Instant,
  { signal = "average", basis = "lifecycle" }: FallbackOptions,
): EmissionFactor | { readonly missing: string } {
  let best: { factor: EmissionFactor; rank: number } | undefined;
  const reasons: string[] = [];
  for (const source of sources) {
    const factor = source.factorAt(zone, at);
    if ("missing" in factor) {
      reasons.push(factor.missing);
      continue;
    }
    if (factor.signal !== signal) {
      reasons.push(`${source.name} has ${factor.signal} factors only`);
      continue;
    }
    const isOtherBasis = factor.basis !== basis;
    const rank = FACTOR_TIERS.indexOf(factor.tier) + (isOtherBasis ? FACTOR_TIERS.length : 0);
    if (best !== undefined && best.rank <= rank) continue;
    best = { rank, factor: isOtherBasis ? flagged(factor, "basis_mismatch") : factor };
  }
  return best?.factor ?? { missing: reasons.join("; ") };
}

function flagged(factor: EmissionFactor, flag: string): EmissionFactor {
  return { ...factor, flags: [...(factor.flags ?? []), flag] };
}
