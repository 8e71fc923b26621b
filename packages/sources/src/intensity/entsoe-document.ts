const HOUR_MS = 3_600_000;

/**
 * Reads a `GL_MarketDocument` of generation by type: megawatt-hours by type and start of the hour, only of hours that
 * a type is told of from end to end. Consumption, such as pumping, is left out. A text where the document is another one.
 */
export function readGeneration(
  xml: string,
  area: string,
): ReadonlyMap<string, ReadonlyMap<number, number>> | string {
  if (xml.includes("Acknowledgement_MarketDocument")) {
    // Code 999: there is nothing for the range, which is not a failure.
    return tagOf(xml, "code") === "999"
      ? new Map()
      : `refused: ${tagOf(xml, "text") ?? "no reason"}`;
  }
  if (!xml.includes("GL_MarketDocument")) return "the answer is not a GL_MarketDocument";
  const types = new Map<string, Map<number, Hour>>();
  for (const series of blocksOf(xml, "TimeSeries")) {
    const domain = tagOf(series, "inBiddingZone_Domain.mRID");
    if (domain === undefined) continue;
    if (domain !== area) return `asked for area ${area}, got ${domain}`;
    const type = tagOf(series, "psrType") ?? "";
    const hours = types.get(type) ?? new Map<number, Hour>();
    types.set(type, hours);
    for (const period of blocksOf(series, "Period")) addPeriod(hours, period);
  }
  return new Map([...types].map(([type, hours]) => [type, wholeHours(hours)]));
}

interface Hour {
  megawattHours: number;
  coveredMs: number;
}

function addPeriod(hours: Map<number, Hour>, period: string): void {
  const startMs = Date.parse(tagOf(period, "start") ?? "");
  const endMs = Date.parse(tagOf(period, "end") ?? "");
  const stepMs = Number(/^PT(\d+)M$/.exec(tagOf(period, "resolution") ?? "")?.[1]) * 60_000;
  if (!(stepMs > 0 && startMs < endMs && HOUR_MS % stepMs === 0)) return;
  const given = new Map(
    blocksOf(period, "Point").map((point) => [
      Number(tagOf(point, "position")),
      Number(tagOf(point, "quantity") ?? Number.NaN),
    ]),
  );
  let megawatts: number | undefined;
  for (let position = 1; startMs + position * stepMs <= endMs; position++) {
    // A position that is left out repeats the one before.
    megawatts = given.get(position) ?? megawatts;
    if (megawatts === undefined || !Number.isFinite(megawatts)) continue;
    const fromMs = startMs + (position - 1) * stepMs;
    const hourMs = Math.floor(fromMs / HOUR_MS) * HOUR_MS;
    const hour = hours.get(hourMs) ?? { megawattHours: 0, coveredMs: 0 };
    hour.megawattHours += (megawatts * stepMs) / HOUR_MS;
    hour.coveredMs += stepMs;
    hours.set(hourMs, hour);
  }
}

function wholeHours(hours: ReadonlyMap<number, Hour>): ReadonlyMap<number, number> {
  const whole = [...hours].filter(([, { coveredMs }]) => coveredMs === HOUR_MS);
  return new Map(whole.map(([hourMs, { megawattHours }]) => [hourMs, megawattHours]));
}

function blocksOf(xml: string, name: string): readonly string[] {
  const open = `<${name}>`;
  return xml
    .split(open)
    .slice(1)
    .map((block) => block.slice(0, block.indexOf(`</${name}>`)));
}

/** The text of the first such element, attributes or not. */
function tagOf(xml: string, name: string): string | undefined {
  const pattern = new RegExp(`<${name.replaceAll(".", "\\.")}(?:\\s[^>]*)?>([^<]*)<`);
  return pattern.exec(xml)?.[1]?.trim();
}
