import { cloudRegionKey } from "./cloud-regions.ts";
import type { Place } from "./resolve-zone.ts";

/** What a provider publishes of the power usage effectiveness of its regions. */
export interface ProviderPue {
  /** As in `cloud.provider`. */
  readonly provider: string;
  /** Median, lowest and highest of the regions that have one. */
  readonly value: number;
  readonly lower: number;
  readonly upper: number;
  /** Year of the regions' latest figures. */
  readonly year: number;
  readonly source: string;
  readonly licence: string;
}

const SOURCE =
  "Green Software Foundation, Real Time Cloud: spread over regions, latest year of each";
/** The table grants nothing, and only this much of it is here. */
const LICENCE = "none stated";

/**
 * Over the 22 regions of AWS and 13 of Google Cloud that have a figure. The table of single regions says nothing of who may copy it,
 * so that its spread alone is here.
 */
export const providerPues: readonly ProviderPue[] = [
  {
    provider: "aws",
    value: 1.185,
    lower: 1.07,
    upper: 1.46,
    year: 2024,
    source: SOURCE,
    licence: LICENCE,
  },
  {
    provider: "azure",
    value: 1.14,
    lower: 1.11,
    upper: 1.43,
    year: 2023,
    source: SOURCE,
    licence: LICENCE,
  },
  {
    provider: "gcp",
    value: 1.09,
    lower: 1.07,
    upper: 1.16,
    year: 2024,
    source: SOURCE,
    licence: LICENCE,
  },
];

/** The PUE of a place, the rule that gave it and where it lies; or why there is none. */
export type ResolvedPue =
  | { readonly pue: number; readonly rule: "pue" }
  | ({ readonly pue: number; readonly rule: "cloud_provider" } & Omit<ProviderPue, "value">)
  | { readonly missing: string };

/** The PUE that is told, else the middle of what the provider of a told cloud region publishes; never a guess for other sites. */
export function resolvePue(place: Place & { readonly pue?: number }): ResolvedPue {
  const { pue, cloudProvider, cloudRegion } = place;
  if (pue !== undefined) return { pue, rule: "pue" };
  if (cloudProvider === undefined || cloudRegion === undefined) {
    return { missing: "neither pue nor cloud region is told" };
  }
  const [provider] = cloudRegionKey(cloudProvider, cloudRegion).split("/");
  const found = providerPues.find((one) => one.provider === provider);
  if (found === undefined) return { missing: `no published pue of ${cloudProvider} is known` };
  const { value, ...rest } = found;
  return { pue: value, rule: "cloud_provider", ...rest };
}
