/** Whether work may be sent here, and if not, why. */
export interface Readiness {
  readonly isReady: boolean;
  readonly reasons: readonly string[];
}

/** The part of an exporter that readiness depends on. */
export interface ExporterState {
  readonly name: string;
  isFull(): boolean;
  isDown(): boolean;
}

/** Ready once started, as long as one exporter (or none is configured) is neither down nor full. */
export function readinessOf(isStarted: boolean, exporters: readonly ExporterState[]): Readiness {
  if (!isStarted) return { isReady: false, reasons: ["not started"] };
  const reasons = exporters.flatMap((exporter) => {
    if (exporter.isDown()) return [`${exporter.name} is down`];
    return exporter.isFull() ? [`the queue of ${exporter.name} is full`] : [];
  });
  return { isReady: exporters.length === 0 || reasons.length < exporters.length, reasons };
}
