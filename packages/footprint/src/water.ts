import { JOULES_PER_KWH } from "./energy/joules-per-kwh.ts";
/** Water that a site and its grid use for energy, as its operator tells it. */
export interface WaterUse {
  /** Water usage effectiveness of the site, L per kWh of what its machines draw. */
  readonly siteLitresPerKwh: number;
  /** What making its electricity uses, L per kWh of what the site draws. */
  readonly gridLitresPerKwh: number;
}

/**
 * Litres for energy at the meter: E x (WUE of the site + PUE x WUE of the grid) (Li et al.; EcoLogits).
 * The site's rate is by definition of energy before PUE, so PUE raises the grid's alone.
 */
export function litresOf(
  joules: number,
  { siteLitresPerKwh, gridLitresPerKwh }: WaterUse,
  pue: number,
): number {
  return (joules / JOULES_PER_KWH) * (siteLitresPerKwh + pue * gridLitresPerKwh);
}
