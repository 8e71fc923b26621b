import { type Footprint, rollUp } from "@wattspan/footprint";

/** Which setting gives what is missing, by reason. */
const SETTINGS: Readonly<Record<string, string>> = {
  no_meter: "no meter: set `meter` (WATTSPAN_METER), e.g. auto, nvml, nvidia-smi, rapl, model",
  no_device: "no device is known: set `devices` (WATTSPAN_DEVICES) to their ids",
  no_reading: "the meter gave no reading over it: set another `meter` (WATTSPAN_METER)",
  no_zone: "no grams: set `zone` (WATTSPAN_GRID_ZONE), e.g. FR or US-CAL-CISO",
};

/** The line about the first request: its footprint, or the one setting that is missing for it. */
export function describeRequest(parts: readonly Footprint[], meter: string | undefined): string {
  const { status, totalJoules, gramsCo2e } = rollUp(parts);
  const reasons = parts.map(({ reason }) => reason).filter((reason) => reason !== undefined);
  const lack = Object.keys(SETTINGS).find((reason) => reasons.includes(reason));
  const advice = lack === undefined ? "" : SETTINGS[lack];
  if (totalJoules === undefined)
    return `first request: no joules; ${advice || reasons[0] || status}`;
  const joules = `${totalJoules.toPrecision(4)} J`;
  const how = `${status}${meter === undefined ? "" : `, meter ${meter}`}`;
  if (gramsCo2e === undefined) {
    return `first request: ${joules} (${how}); ${advice || `no grams: ${reasons[0] ?? status}`}`;
  }
  return `first request: ${joules}, ${gramsCo2e.toPrecision(3)} gCO2e (${how}, zone ${parts[0]?.zone})`;
}
