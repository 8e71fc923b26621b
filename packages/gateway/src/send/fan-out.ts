import type { Emit } from "../pipeline.ts";
import { countItems } from "../receive/count-items.ts";
import type { Telemetry } from "../telemetry.ts";
import type { OtlpHttpExporter } from "./otlp-http.ts";

/** The part of an exporter that a fan-out needs. */
type Branch = Pick<OtlpHttpExporter, "name" | "offer" | "isFull" | "dropsWhenFull">;

/** Gives every request to every backend, or to none: false where the queue of one that may not lose anything is full. */
export function createFanOut(exporters: readonly Branch[], telemetry: Telemetry): Emit {
  const needed = exporters.filter(({ dropsWhenFull }) => !dropsWhenFull);
  return (signal, encoding, body, known) => {
    if (needed.some((exporter) => exporter.isFull())) return false;
    const items = exporters.length === 0 ? 0 : (known ?? countItems(signal, encoding, body));
    for (const exporter of exporters) {
      if (exporter.offer(signal, encoding, body, items)) continue;
      const labels = { signal, reason: "queue_full", backend: exporter.name } as const;
      telemetry.droppedRequests.add(labels);
      telemetry.droppedItems.add(labels, items);
    }
    return true;
  };
}
