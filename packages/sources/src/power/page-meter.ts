import type { Instant, PowerMeter } from "@wattspan/footprint";
import { fetchText } from "./fetch-text.ts";
import type { MeterTable, PlacedSink } from "./meter-table.ts";
import { createNoteDevices } from "./note-devices.ts";
import { parseExposition } from "./parse-exposition.ts";
import { createPolledMeter } from "./polled-meter.ts";
import { type BoardSamples, readBoards, samplesOf } from "./read-boards.ts";
import { systemNow } from "./system-now.ts";
import { createBoardTimer } from "./time-boards.ts";
import { wantedMetrics } from "./wanted-metrics.ts";

/** Options of a meter that is read over HTTP. */
export interface PageMeterOptions {
  /** URL of the page. */
  readonly endpoint: string;
  /** How often it is asked; default 5 s. */
  readonly intervalMs?: number;
  /** How old a value may be when it is served; default the exporter's own. */
  readonly maxAgeMs?: number;
  /** Default 5 s. */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Instant;
}

/** Reads an exporter's Prometheus page by its table, e.g. dcgm-exporter's by `dcgm`. */
export function createExporterMeter(table: MeterTable, options: PageMeterOptions): PowerMeter {
  const wanted = wantedMetrics([table]);
  return createPageMeter(table.type, options.maxAgeMs ?? table.maxAgeMs, options, (text) => {
    const page = parseExposition(text, (name) => wanted.has(name));
    const { boards, unread } = readBoards(table, samplesOf(page));
    if (page.problemCount === 0) return { boards, unread };
    return { boards, unread: new Map([...unread, ["malformed", page.problemCount]]) };
  });
}

/** Reads any page; `read` gets its text and must not throw. A page without a device is a loss. */
export function createPageMeter(
  name: string,
  maxAgeMs: number,
  options: PageMeterOptions,
  read: (text: string) => BoardSamples,
): PowerMeter {
  const now = options.now ?? systemNow;
  const time = createBoardTimer(name, maxAgeMs);
  const note = createNoteDevices();
  let sink: PlacedSink | undefined;

  async function scrape(): Promise<boolean> {
    const asked = now();
    const answer = await fetchText(options.endpoint, {
      ...options,
      timeoutMs: options.timeoutMs ?? 5000,
    });
    if (sink === undefined) return true;
    if ("failure" in answer) return lose(answer.failure);
    const { boards, unread } = read(answer.text);
    for (const [reason, count] of unread) sink.onUnread?.(reason, count);
    if (boards.length === 0) return lose(emptyReason(unread));
    const devices = note(boards);
    if (devices !== undefined) sink.onDevices(devices);
    const readings = time(boards, asked, now());
    if (readings.length > 0) sink.onReadings(readings);
    sink.onFound();
    return true;
  }

  function lose(reason: string): false {
    sink?.onLost(`${options.endpoint}: ${reason}`);
    return false;
  }

  return createPolledMeter(name, options.intervalMs ?? 5000, scrape, (given) => {
    sink = given;
  });
}

function emptyReason(unread: ReadonlyMap<string, number>): string {
  const reasons = [...unread].map(([reason, count]) => `${count} ${reason}`);
  return ["no power or energy of a device", ...reasons].join(", ");
}
