import type { Encoding } from "@wattspan/otlp";
import type { Signal } from "../receive/accept.ts";
import { countItems } from "../receive/count-items.ts";
import type { Telemetry } from "../telemetry.ts";
import type { OtlpHttpExporter } from "./otlp-http.ts";

/** The part of an exporter that a fan-out needs. */
type Branch = Pick<OtlpHttpExporter, "name" | "offer" | "isFull" | "dropsWhenFull">;

/** Sends a request on; false where there is no room. `onSettled` is called once every backend has it, or never will. */
export type EmitSettled = (
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array,
  items?: number,
  onSettled?: () => void,
) => boolean;

/** Gives every request to every backend, or to none: false where the queue of one that may not lose anything is full. */
export function createFanOut(exporters: readonly Branch[], telemetry: Telemetry): EmitSettled {
  const needed = exporters.filter(({ dropsWhenFull }) => !dropsWhenFull);
  return (signal, encoding, body, known, onSettled) => {
    if (exporters.length === 0) {
      onSettled?.();
      return true;
    }
    if (needed.some((exporter) => exporter.isFull())) return false;
    const items = known ?? countItems(signal, encoding, body);
    const settled = onSettled && afterCalls(exporters.length, onSettled);
    for (const exporter of exporters) {
      if (exporter.offer(signal, encoding, body, items, settled)) continue;
      settled?.();
      const labels = { signal, reason: "queue_full", backend: exporter.name } as const;
      telemetry.droppedRequests.add(labels);
      telemetry.droppedItems.add(labels, items);
    }
    return true;
  };
}

/** Calls `then` with the last of `count` calls. */
export function afterCalls(count: number, then: () => void): () => void {
  let left = count;
  return () => {
    left--;
    if (left === 0) then();
  };
}
