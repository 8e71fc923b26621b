import { nearestNames } from "../nearest-names.ts";
import { cloudRegionKey, cloudRegions } from "./cloud-regions.ts";

/** What is known of where a machine stands. */
export interface Place {
  readonly zone?: string;
  /** As in `cloud.provider`, e.g. `aws`. */
  readonly cloudProvider?: string;
  /** As in `cloud.region`, e.g. `eu-west-1`. */
  readonly cloudRegion?: string;
  /** ISO 3166-1 alpha-2 or alpha-3. */
  readonly country?: string;
}

/** The grid zone of a place and the rule that gave it, or why there is none. */
export type ResolvedZone =
  | {
      readonly zone: string;
      readonly rule: "zone" | "configured_region" | "cloud_region" | "country";
    }
  | { readonly missing: string };

/**
 * The zone that is told, else the one of the cloud region, by `overrides` (`PROVIDER/REGION` to zone) and then by our own
 * map, else the country.
 */
export function resolveZone(
  place: Place,
  overrides: ReadonlyMap<string, string> = new Map(),
): ResolvedZone {
  const { zone, cloudProvider, cloudRegion, country } = place;
  if (zone !== undefined && zone !== "") return { zone, rule: "zone" };
  const isInCloud = cloudProvider !== undefined && cloudRegion !== undefined;
  const key = isInCloud ? cloudRegionKey(cloudProvider, cloudRegion) : undefined;
  const ofRegion = key === undefined ? undefined : zoneOfRegion(key, overrides);
  if (ofRegion !== undefined) return ofRegion;
  if (country !== undefined) {
    if (/^[A-Za-z]{2,3}$/.test(country)) return { zone: country.toUpperCase(), rule: "country" };
    return { missing: `${JSON.stringify(country)} is no country code` };
  }
  if (key === undefined) return { missing: "neither zone nor cloud region nor country is told" };
  const near = nearestNames(key, cloudRegions.keys());
  const advice = near.length === 0 ? "" : `; near: ${near.join(", ")}`;
  return { missing: `no zone is known for cloud region ${key}${advice}` };
}

function zoneOfRegion(
  key: string,
  overrides: ReadonlyMap<string, string>,
): ResolvedZone | undefined {
  for (const [name, zone] of overrides) {
    const [provider = "", region = ""] = name.split("/");
    if (cloudRegionKey(provider, region) === key) return { zone, rule: "configured_region" };
  }
  const zone = cloudRegions.get(key);
  return zone === undefined ? undefined : { zone, rule: "cloud_region" };
}
