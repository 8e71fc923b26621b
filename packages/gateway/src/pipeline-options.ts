import type {
  Device,
  EmbodiedKg,
  HostRule,
  IdlePolicy,
  IntensitySource,
  MarketFactor,
  PueRange,
  TimeShape,
  WaterUse,
  WeightMethod,
} from "@wattspan/footprint";

/** A device of a node as configured; watts already resolved from its model where the model is known. */
export interface NodeDevice {
  readonly id: Device["id"];
  readonly model?: string;
  readonly idleWatts?: number;
  readonly maxWatts?: number;
  /** Highest plausible rate of computed tokens; faster phases are not charged. */
  readonly maxTokensPerSecond?: number;
  /** Cost of a decode token where a prefill token costs 1, by the device's peak rates. */
  readonly rooflineTokenPrice?: number;
  /** Set on a part of a board that has the only meter, such as a MIG instance: the board, and the part's share of its energy. */
  readonly board?: {
    readonly id: string;
    readonly share: number;
    /** What exporters call the part: `GPU_I_ID`. */
    readonly gpuInstance?: string;
  };
  /** Emissions of making it, without the server around it. */
  readonly embodiedKg?: EmbodiedKg;
}

/** What electricity costs. */
export interface Price {
  /** ISO 4217, e.g. `EUR`. */
  readonly currency: string;
  readonly perKwh: number;
}

/** A machine: where it stands decides zone and PUE. */
export interface NodeOptions {
  /** Matched against `k8s.node.uid`, `host.id`, `k8s.node.name`, `host.name` of spans and metrics. */
  readonly name: string;
  /** Other identities of the same machine. */
  readonly aliases: readonly string[];
  /** Grid zone in the intensity source's notation; without it joules, no grams. */
  readonly zone?: string;
  /** Power usage effectiveness, at least 1; absent counts as 1 and the boundary is `accelerator`. */
  readonly pue?: number;
  /** Where a PUE that nobody told of this site may lie; absent: it is exact. */
  readonly pueRange?: PueRange;
  /** Water of the site and its grid, on spans at full detail. */
  readonly water?: WaterUse;
  /** The contract for its electricity; its figures stand beside those of the grid. */
  readonly market?: MarketFactor;
  /** GHG Protocol: 2 for one's own machines, 3.1 for those of a cloud. */
  readonly ghgScope?: 2 | 3.1;
  readonly price?: Price;
  readonly devices: readonly NodeDevice[];
  /** CPUs and memory with meters, shared by all phases on the machine; absent: not in any figure. */
  readonly host?: { readonly devices: readonly NodeDevice[]; readonly rule: HostRule };
}

/** Who ran where, when the spans do not say; the first row that matches and is valid wins. */
export interface WorkerRow {
  /** Every entry must match; a RegExp must match the whole value. Keys are span or resource attributes. */
  readonly match: ReadonlyMap<string, string | RegExp>;
  readonly node: string;
  /** Absent: all devices of the node, flagged. */
  readonly devices?: readonly string[];
  readonly dpRank?: number;
  /** Valid for phases that start in `[fromUnixNano, toUnixNano)`. */
  readonly fromUnixNano?: bigint;
  readonly toUnixNano?: bigint;
}

/** Which part of the traces arrives. */
export interface SamplingOptions {
  /** Above 0 and at most 1; `unknown`: only some, and nobody knows how many. */
  readonly probability: number | "unknown";
}

/** How much each span says, by the requirement levels of the registry. */
export type AttributeLevel = "minimal" | "standard" | "full";

/** Everything the pipeline needs to know; plain data apart from the intensity port. */
export interface PipelineOptions {
  readonly nodes: readonly NodeOptions[];
  readonly workers: readonly WorkerRow[];
  readonly intensity: IntensitySource | undefined;
  readonly join: {
    readonly lingerMs: number;
    readonly holdMs: number;
    readonly keepMs: number;
    readonly maxPhaseMs: number;
    /** Allowance for the sender's own batching, added to the wait. */
    readonly exportDelayMs: number;
    /** Above this many bytes of held spans the oldest traces leave, with what is known of them; absent: no limit. */
    readonly maxHeldBytes?: number;
    /** A release ends once traces of so many bytes left; absent: no limit. */
    readonly maxReleaseBytes?: number;
  };
  readonly attribution: {
    /** `roofline`: by `rooflineTokenPrice` of the phase's devices; as `priced` where one of them has none. */
    readonly weights: WeightMethod;
    /** Cost of a decode token where a prefill token costs 1. */
    readonly decodeTokenPrice: number;
    /** Absent: `separate` on devices with a known idle power, else `included`. */
    readonly idlePolicy?: IdlePolicy;
    /** Absent: `busy` on devices with a known idle power, else `uniform`. */
    readonly timeShape?: TimeShape;
  };
  readonly meters: {
    /** Longest counter interval and power interval that are integrated, ms. */
    readonly maxCounterGapMs: number;
    readonly maxPowerGapMs: number;
    /** Relative gain error of the sensor, e.g. 0.05; scales the bounds. */
    readonly gainError: number;
    /** Largest difference between a node's and its meter's clock, ms; widens the bounds. */
    readonly maxClockSkewMs: number;
    /** How old a value of dcgm-exporter may be that comes as an OTLP metric, ms; absent: its default, 30 s. */
    readonly exporterIntervalMs?: number;
  };
  /** How many of the traces arrive, where they do not say so themselves (`tracestate` `ot=th:…`). */
  readonly sampling?: SamplingOptions;
  readonly attributes: AttributeLevel;
  /** Senders' own figures are kept, and their spans count as load; absent: figures are cut out first. */
  readonly isTrusted?: boolean;
  /** Keys of attributes that are taken off spans, their events and links, and log records before anything else. */
  readonly redact?: readonly string[];
  /** Dimension name to the attribute keys it is read from, first found wins. */
  readonly dimensions: ReadonlyMap<string, readonly string[]>;
}
