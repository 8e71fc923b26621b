import type { DeviceReading, MeterKind, MeterSink } from "@wattspan/footprint";

/** What a reading covers, from the part to the whole: see `chooseMeters`. */
export type MeterScope =
  | "gpu"
  | "gpu_instance"
  | "module"
  | "core"
  | "uncore"
  | "dram"
  | "package"
  | "psys"
  | "host";

/** One metric of an exporter. */
export interface MetricRule {
  readonly metric: string;
  readonly kind: MeterKind;
  /** Joules or watts per unit. */
  readonly scale: number;
  readonly scope: MeterScope;
  /** Labels that name the device, the first that a sample has. */
  readonly idLabels: readonly string[];
  /** Put before an id that lacks it. */
  readonly idPrefix?: string;
  /** Values from here on mean that there is none. */
  readonly blankFrom?: number;
  /** How far back a power that is a mean reaches from when the exporter read it, ms; default 0. */
  readonly reachMs?: (model: string | undefined) => number;
  /** Only samples with this label and value. */
  readonly only?: readonly [label: string, value: string];
}

/** How the pages of one kind of exporter are read. */
export interface MeterTable {
  readonly type: string;
  readonly title: string;
  /** Where it listens by default. */
  readonly endpoint: string;
  /** How old a value may be when it is served, ms; an exporter that caches keeps it for its collection interval. */
  readonly maxAgeMs: number;
  /** Labels that name the machine. */
  readonly nodeLabels: readonly string[];
  readonly modelLabels: readonly string[];
  /** Best first: a device keeps to the first metric of a kind that it has. */
  readonly metrics: readonly MetricRule[];
  /** Which metric tells how busy each part of a board was, 0 to 1, and the label that names the part. */
  readonly activity?: { readonly metric: string; readonly partLabel: string };
  /** Written from documentation and source alone, never tried on what the exporter sent. */
  readonly isUnverified: boolean;
}

/** A pod that has a board, or the part of it that the exporter calls so. */
export interface BoardPod {
  readonly pod: string;
  readonly namespace?: string;
  readonly part?: string;
}

/** A reading that says what it covers, and where. */
export interface PlacedReading extends DeviceReading {
  readonly scope: MeterScope;
  /** Names of the machine, best first, as the source gives them. */
  readonly nodeNames: readonly string[];
  /** How busy each part of the board was, by the exporter's name of the part; absent where it does not tell. */
  readonly activity?: ReadonlyMap<string, number>;
  /** Pods that were given the device or a part of it. */
  readonly pods?: readonly BoardPod[];
  /** Type of the table that it was read with. */
  readonly table: string;
}

/** A sink that takes readings of many machines. */
export interface PlacedSink extends MeterSink {
  onReadings(readings: readonly PlacedReading[]): void;
  /** Samples that gave no reading, by reason. */
  onUnread?(reason: string, count: number): void;
}
