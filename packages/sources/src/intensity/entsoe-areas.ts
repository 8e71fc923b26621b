/**
 * Energy identification codes of areas, by zone as Electricity Maps writes it: bidding zones, but Germany without
 * Luxembourg and Ireland without the North, as that zone is drawn. Read again, code by code, in the `Area` list of
 * EnergieID/entsoe-py (entsoe/mappings.py, from ENTSO-E's own guide) and, for DE and IE, in ENTSOE_DOMAIN_MAPPINGS of
 * electricitymaps-contrib (parsers/ENTSOE.py).
 */
const AREAS: ReadonlyMap<string, string> = new Map([
  ["AT", "10YAT-APG------L"],
  ["BE", "10YBE----------2"],
  ["BG", "10YCA-BULGARIA-R"],
  ["CH", "10YCH-SWISSGRIDZ"],
  ["CZ", "10YCZ-CEPS-----N"],
  ["DE", "10Y1001A1001A83F"],
  ["DK-DK1", "10YDK-1--------W"],
  ["DK-DK2", "10YDK-2--------M"],
  ["EE", "10Y1001A1001A39I"],
  ["ES", "10YES-REE------0"],
  ["FI", "10YFI-1--------U"],
  ["FR", "10YFR-RTE------C"],
  ["GR", "10YGR-HTSO-----Y"],
  ["HR", "10YHR-HEP------M"],
  ["HU", "10YHU-MAVIR----U"],
  ["IE", "10YIE-1001A00010"],
  ["IT-NO", "10Y1001A1001A73I"],
  ["LT", "10YLT-1001A0008Q"],
  ["LV", "10YLV-1001A00074"],
  ["NL", "10YNL----------L"],
  ["NO-NO1", "10YNO-1--------2"],
  ["NO-NO2", "10YNO-2--------T"],
  ["NO-NO3", "10YNO-3--------J"],
  ["NO-NO4", "10YNO-4--------9"],
  ["NO-NO5", "10Y1001A1001A48H"],
  ["PL", "10YPL-AREA-----S"],
  ["PT", "10YPT-REN------W"],
  ["RO", "10YRO-TEL------P"],
  ["SE-SE1", "10Y1001A1001A44P"],
  ["SE-SE2", "10Y1001A1001A45N"],
  ["SE-SE3", "10Y1001A1001A46L"],
  ["SE-SE4", "10Y1001A1001A47J"],
  ["SI", "10YSI-ELES-----O"],
  ["SK", "10YSK-SEPS-----K"],
]);

/** Zones that have a code. */
export const entsoeZones: readonly string[] = [...AREAS.keys()];

/** The code of a zone; a code stands for itself. */
export function eicOf(zone: string): string | undefined {
  return /^[0-9A-Z-]{16}$/.test(zone) ? zone : AREAS.get(zone);
}
