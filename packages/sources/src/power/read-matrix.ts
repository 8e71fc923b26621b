import type { MetricSample } from "./read-boards.ts";

/** A raw sample with the time of the server's scrape, ms since 1970. */
export interface PrometheusSample extends MetricSample {
  readonly atMs: number;
}

/** Reads a server's answer to a range selector, series by series; a shape that is none is a failure. Never throws. */
export function readMatrix(
  text: string,
): { readonly samples: readonly PrometheusSample[] } | { readonly failure: string } {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return { failure: "its answer is no JSON" };
  }
  if (!isMap(answer)) return { failure: "its answer is no object" };
  if (answer["status"] !== "success") {
    return { failure: `it says ${answer["errorType"]}: ${answer["error"]}` };
  }
  const { data } = answer;
  if (!isMap(data) || data["resultType"] !== "matrix" || !Array.isArray(data["result"])) {
    return { failure: "its answer is no matrix" };
  }
  return { samples: data["result"].flatMap(readSeries) };
}

function readSeries(series: unknown): readonly PrometheusSample[] {
  if (!isMap(series) || !isMap(series["metric"]) || !Array.isArray(series["values"])) return [];
  const { metric } = series;
  const name = metric["__name__"];
  if (typeof name !== "string") return [];
  const label = (key: string): string | undefined => labelOf(metric, key);
  return series["values"].flatMap((pair: unknown): PrometheusSample[] => {
    if (!Array.isArray(pair) || typeof pair[0] !== "number" || typeof pair[1] !== "string") {
      return [];
    }
    // Times are in seconds, to the ms.
    return [{ name, label, value: numberOf(pair[1]), atMs: Math.round(pair[0] * 1000) }];
  });
}

/** The exporter's own label: the server moves it to `exported_…` where the target has one of that name. */
function labelOf(metric: Readonly<Record<string, unknown>>, key: string): string | undefined {
  const value = metric[`exported_${key}`] ?? metric[key];
  if (typeof value !== "string" || value === "") return undefined;
  return key === "instance" ? value.replace(/:\d+$/, "") : value;
}

function numberOf(text: string): number {
  return /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
