import type { PowerMeter } from "@wattspan/footprint";
import type { MeterTable, PlacedSink } from "./meter-table.ts";
import { createNoteDevices } from "./note-devices.ts";
import { parseExposition } from "./parse-exposition.ts";
import { createPolledPage, type PolledPageOptions } from "./polled-page.ts";
import { type BoardSamples, readBoards, samplesOf } from "./read-boards.ts";
import { systemNow } from "./system-now.ts";
import { createBoardTimer } from "./time-boards.ts";
import { wantedMetrics } from "./wanted-metrics.ts";

/** Options of a meter that is read over HTTP. */
export interface PageMeterOptions extends PolledPageOptions {
  /** How old a value may be when it is served; default the exporter's own. */
  readonly maxAgeMs?: number;
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
  const { now = systemNow } = options;
  const time = createBoardTimer(name, maxAgeMs);
  const note = createNoteDevices();
  return createPolledPage<PlacedSink>(name, options, (text, asked, sink) => {
    const { boards, unread } = read(text);
    for (const [reason, count] of unread) sink.onUnread?.(reason, count);
    if (boards.length === 0) return emptyReason(unread);
    const devices = note(boards);
    if (devices !== undefined) sink.onDevices(devices);
    const readings = time(boards, asked, now());
    if (readings.length > 0) sink.onReadings(readings);
    return undefined;
  });
}

function emptyReason(unread: ReadonlyMap<string, number>): string {
  const reasons = [...unread].map(([reason, count]) => `${count} ${reason}`);
  return ["no power or energy of a device", ...reasons].join(", ");
}
