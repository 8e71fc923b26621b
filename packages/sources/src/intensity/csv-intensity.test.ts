import { describe, expect, it } from "vitest";
import { type IntensityCsvOptions, readIntensityCsv } from "./csv-intensity.ts";

const at = (iso: string) => ({ epoch: Date.parse(iso) / 60_000, ns: 0 });
const nowMs = Date.parse("2025-04-03T00:00:00Z");

const portal = `\uFEFFDatetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh (Life cycle),Data source,Data estimated,Data estimation method
2024-03-18 00:00:00,France,France,FR,20.5,31.25,"rte, live",false,
2024-03-18 01:00:00,France,France,FR,21,32,rte,true,TIME_SLICER_AVERAGE
2024-03-18 02:00:00,France,France,FR,,,rte,false,
2024-03-18 03:00:00,France,France,FR,0,0,rte,false,
2024-03-18 04:00:00,Germany,Germany,DE,300,340,entsoe,false,
2024-03-18 06:00:00,France,France,FR,22,33,rte,false,
`;

const read = (text: string, extra: Partial<IntensityCsvOptions> = {}) =>
  readIntensityCsv({ text, zone: "FR", nowMs, ...extra });

describe("readIntensityCsv", () => {
  it("reads a file of the data portal, and says which rows it could not use", () => {
    const { source, points, problems } = read(portal);
    expect(points).toBe(3);
    expect(problems).toEqual([
      { line: 4, message: "has no value" },
      { line: 5, message: "0 is not above 0" },
      { line: 6, message: "is of zone DE, not FR" },
    ]);
    expect(source.factorAt("FR", at("2024-03-18T00:59:00Z"))).toMatchObject({
      gramsPerKwh: 31.25,
      tier: "measured_final",
      from: at("2024-03-18T00:00:00Z"),
      to: at("2024-03-18T01:00:00Z"),
    });
    const hour = (iso: string) => source.factorAt("FR", at(iso));
    expect(hour("2024-03-18T01:00:00Z")).toMatchObject({ gramsPerKwh: 32, tier: "estimated" });
    expect(hour("2024-03-18T02:30:00Z")).toMatchObject({ gramsPerKwh: 32, tier: "stale" });
    expect(hour("2024-03-18T04:30:00Z")).toEqual({
      missing: "the file of FR has no value at that time",
    });
    expect(source.factorAt("DE", at("2024-03-18T04:00:00Z"))).toHaveProperty("missing");
  });

  it("takes the column of the basis", () => {
    const { source } = read(portal, { basis: "direct" });
    expect(source.factorAt("FR", at("2024-03-18T00:00:00Z"))).toMatchObject({
      gramsPerKwh: 20.5,
      basis: "direct",
    });
  });

  it.each([
    ["g/kWh", 870],
    ["kg/MWh", 870],
    ["lb/MWh", 870 * 0.45359237],
  ] as const)("converts %s once", (unit, gramsPerKwh) => {
    const text = "when,rate\n2025-04-02T00:00+02:00,870\n2025-04-02T00:15+02:00,870\n";
    const { source } = read(text, { unit, timeColumn: "when", valueColumn: "rate" });
    expect(source.factorAt("FR", at("2025-04-01T22:14:00Z"))).toMatchObject({
      gramsPerKwh,
      tier: "measured",
      to: at("2025-04-01T22:15:00Z"),
    });
  });

  it("says that months are no hours and years no months", () => {
    const months = "from,intensity\n2024-01-01,30\n2024-02-01,40\n2024-03-01,50\n";
    const march = read(months).source;
    expect(march.factorAt("FR", at("2024-01-31T23:00:00Z"))).toMatchObject({
      gramsPerKwh: 30,
      tier: "profile",
    });
    const years = "from,intensity\n2023-01-01,30\n2024-01-01,40\n";
    expect(read(years).source.factorAt("FR", at("2024-07-01T00:00:00Z"))).toMatchObject({
      gramsPerKwh: 40,
      tier: "yearly_zone",
    });
  });

  it("names columns it does not find, times it cannot read and times given twice", () => {
    expect(read("a,b\n1,2\n").problems).toEqual([
      { line: 1, message: "no column of times among a, b" },
    ]);
    expect(read("datetime,b\n").problems).toEqual([
      { line: 1, message: "no column of values among datetime, b" },
    ]);
    const text =
      "datetime,intensity\nyesterday,1\n2024-01-01 00:00:30,2\n2024-01-01,3\n2024-01-01,4\n";
    expect(read(text).problems.map(({ message }) => message)).toEqual([
      "has no time that can be read",
      "begins within a minute",
      "repeats a time",
    ]);
  });
});
