/** Whether work may be sent here, and if not, why. */
export interface Readiness {
  readonly isReady: boolean;
  readonly reasons: readonly string[];
}

/** The part of an exporter that readiness depends on. */
export interface ExporterState {
  readonly name: string;
  isFull(): boolean;
  /** A full queue costs it what does not fit, and nobody else anything. */
  readonly dropsWhenFull?: boolean;
  isDown(): boolean;
}

/** Where a gateway is in its life: it takes data only while it is running. */
export type LifeState = "starting" | "running" | "shutting down";

/** Ready while running, unless a full queue stops the gateway or none of the exporters works. */
export function readinessOf(state: LifeState, exporters: readonly ExporterState[]): Readiness {
  if (state !== "running") return { isReady: false, reasons: [state] };
  const down = exporters.filter((exporter) => exporter.isDown());
  const full = exporters.filter((exporter) => exporter.isFull());
  const isOneUp = exporters.length === 0 || down.length < exporters.length;
  return {
    isReady: full.every(({ dropsWhenFull }) => dropsWhenFull === true) && isOneUp,
    reasons: [
      ...down.map(({ name }) => `${name} is down`),
      ...full.map(({ name }) => `the queue of ${name} is full`),
    ],
  };
}
