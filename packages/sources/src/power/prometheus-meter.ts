import { type Instant, instantOfMs, type PowerMeter, unixMsOf } from "@wattspan/footprint";
import type { MeterTable, PlacedReading, PlacedSink } from "./meter-table.ts";
import { meterTables } from "./meter-tables.ts";
import { createNoteDevices } from "./note-devices.ts";
import type { PageMeterOptions } from "./page-meter.ts";
import { createPolledPage } from "./polled-page.ts";
import { readBoards } from "./read-boards.ts";
import { type PrometheusSample, readMatrix } from "./read-matrix.ts";
import { createBoardTimer, type TimeBoards } from "./time-boards.ts";
import { wantedMetrics } from "./wanted-metrics.ts";

/** What is asked for again beyond the last answer, ms: samples that were being scraped then. */
const OVERLAP_MS = 30_000;
const FIRST_WINDOW_MS = 120_000;
const LONGEST_WINDOW_MS = 3_600_000;
/** Labels that scrape configurations put the machine's name in. */
const TARGET_LABELS: readonly string[] = ["node", "kubernetes_node", "instance"];

/** Options of `createPrometheusMeter`; `endpoint` is the server's base URL. */
export interface PrometheusMeterOptions extends PageMeterOptions {
  /** More matchers, as between the braces of a query: `job="dcgm",cluster="a"`. */
  readonly matchers?: string;
  /** Exporters whose metrics are asked for; default all that are known. */
  readonly tables?: readonly MeterTable[];
}

/**
 * Reads raw samples of known exporters from a Prometheus server: `query` with a range selector, never `query_range`,
 * whose values are made up at its steps. Times are those of the server's scrapes, so ranges reach back as for a page.
 */
export function createPrometheusMeter(options: PrometheusMeterOptions): PowerMeter {
  const tables = (options.tables ?? meterTables).map((table) => ({
    ...table,
    nodeLabels: [...table.nodeLabels, ...TARGET_LABELS],
  }));
  const timers = new Map<string, TimeBoards>(
    tables.map(({ type, maxAgeMs }) => [
      type,
      createBoardTimer(type, options.maxAgeMs ?? maxAgeMs),
    ]),
  );
  const note = createNoteDevices();
  let answeredMs: number | undefined;
  let countedMs = Number.NEGATIVE_INFINITY;

  function urlAt(asked: Instant): string {
    const windowMs =
      answeredMs === undefined
        ? FIRST_WINDOW_MS
        : Math.min(LONGEST_WINDOW_MS, unixMsOf(asked) - answeredMs + OVERLAP_MS);
    return queryUrl(options.endpoint, tables, windowMs, options.matchers);
  }

  function take(text: string, asked: Instant, sink: PlacedSink): string | undefined {
    const matrix = readMatrix(text);
    if ("failure" in matrix) return matrix.failure;
    if (matrix.samples.length === 0) return "it has no known metric of a meter";
    answeredMs = unixMsOf(asked);
    const readings = readSamples(matrix.samples, sink);
    if (readings.length > 0) sink.onReadings(readings);
    return undefined;
  }

  /** Samples of one scrape have one time; they are reduced together, scrape after scrape. */
  function readSamples(
    samples: readonly PrometheusSample[],
    sink: PlacedSink,
  ): readonly PlacedReading[] {
    const scrapes = byTime(samples).flatMap((scrape) =>
      tables.map((table) => ({
        ...scrape,
        type: table.type,
        ...readBoards(table, scrape.samples),
      })),
    );
    const readings = scrapes.flatMap(({ atMs, type, boards }) => {
      const at = instantOfMs(atMs);
      return timers.get(type)?.(boards, at, at) ?? [];
    });
    for (const { atMs, unread } of scrapes) {
      // The next answer has its first samples from this one.
      if (atMs <= countedMs) continue;
      for (const [reason, count] of unread) sink.onUnread?.(reason, count);
    }
    countedMs = samples.reduce((latest, { atMs }) => Math.max(latest, atMs), countedMs);
    const devices = note(scrapes.flatMap(({ boards }) => boards));
    if (devices !== undefined) sink.onDevices(devices);
    return readings;
  }

  const { intervalMs = 15_000, timeoutMs = 10_000 } = options;
  return createPolledPage("prometheus", { ...options, intervalMs, timeoutMs }, take, urlAt);
}

/** The instant query whose answer is all raw samples of the last `windowMs`. */
export function queryUrl(
  endpoint: string,
  tables: readonly MeterTable[],
  windowMs: number,
  matchers = "",
): string {
  const names = [...wantedMetrics(tables)];
  const selector = [`__name__=~"${names.join("|")}"`, matchers].filter((part) => part !== "");
  const query = `{${selector.join(",")}}[${Math.ceil(windowMs / 1000)}s]`;
  return `${endpoint.replace(/\/+$/, "")}/api/v1/query?${new URLSearchParams({ query })}`;
}

function byTime(
  samples: readonly PrometheusSample[],
): readonly { readonly atMs: number; readonly samples: readonly PrometheusSample[] }[] {
  const scrapes = new Map<number, PrometheusSample[]>();
  for (const sample of samples) {
    const scrape = scrapes.get(sample.atMs);
    if (scrape === undefined) scrapes.set(sample.atMs, [sample]);
    else scrape.push(sample);
  }
  return [...scrapes]
    .map(([atMs, scrape]) => ({ atMs, samples: scrape }))
    .sort((a, b) => a.atMs - b.atMs);
}
