import { hostname } from "node:os";
import type {
  ChargeTerms,
  IdlePolicy,
  IntensitySource,
  PowerMeter,
  TimeShape,
} from "@wattspan/footprint";
import type { AttributeDetail } from "@wattspan/semconv";

/** A device of this machine; watts override those of its model. */
export interface DeviceOptions {
  /** `hw.id`, e.g. `GPU-5fd4f087-86f3-7a43-b711-4771313afc50`. */
  readonly id: string;
  readonly model?: string;
  readonly idleWatts?: number;
  readonly maxWatts?: number;
  /** Highest plausible rate of computed tokens; faster phases are not charged. */
  readonly maxTokensPerSecond?: number;
}

/** How serious a line is: `warn` where nothing is lost, `error` where figures or spans are. */
export type LogLevel = "info" | "warn" | "error";

/** What a worker's footprint needs to know; everything has a default. */
export interface FootprintOptions {
  /** Without one every status is `missing`. */
  readonly meter?: PowerMeter;
  /** Grid zone, e.g. `FR`, `US-CAL-CISO`; without it there are joules and no grams. */
  readonly zone?: string;
  /** Power usage effectiveness of the site, at least 1. */
  readonly pue?: number;
  /** Name of this machine; the host's name by default. */
  readonly node?: string;
  /** Absent: the devices that the meter finds. */
  readonly devices?: readonly DeviceOptions[];
  /** Factors; `undefined` leaves carbon to a `CarbonSpanExporter`. */
  readonly intensity?: IntensitySource | undefined;
  readonly attribution?: Partial<ChargeTerms> & {
    readonly idlePolicy?: IdlePolicy;
    readonly timeShape?: TimeShape;
  };
  /** Waits in ms. */
  readonly join?: Partial<JoinOptions>;
  readonly meters?: Partial<MeterOptions>;
  /** How much each span says; default `standard`. */
  readonly attributes?: AttributeDetail;
  /** Most spans kept back; the oldest leave with what is known beyond it. Default 20000. */
  readonly maxHeldSpans?: number;
  /** Default: one line on stderr each. */
  readonly log?: (level: LogLevel, message: string) => void;
  /** Clock of the meter's readings, ms since 1970. */
  readonly now?: () => number;
}

/** How long spans are held, ms. */
export interface JoinOptions {
  /** Least wait for a reading, and for more phases of a request whose span is elsewhere. Default 10 s. */
  readonly lingerMs: number;
  /** Longest wait after the end of a phase. Default 5 min. */
  readonly holdMs: number;
  /** Longest phase that is charged. Default 1 h. */
  readonly maxPhaseMs: number;
  /** Least time between two looks at what is due; up to 10 s where many phases make a look dear. Default 1 s. */
  readonly tickMs: number;
}

/** What is believed of a meter. */
export interface MeterOptions {
  /** Longest interval that is integrated: counter 10 min, power 2 min. */
  readonly maxCounterGapMs: number;
  readonly maxPowerGapMs: number;
  /** Relative gain error of the sensor; default 0.05. */
  readonly gainError: number;
}

/** Options with every default filled in. */
export interface ResolvedOptions
  extends Required<Omit<FootprintOptions, "meter" | "zone" | "pue" | "intensity" | "attribution">>,
    Pick<FootprintOptions, "meter" | "zone" | "pue" | "intensity"> {
  readonly attribution: ChargeTerms & {
    readonly idlePolicy?: IdlePolicy;
    readonly timeShape?: TimeShape;
  };
  readonly join: JoinOptions;
  readonly meters: MeterOptions;
}

/** Fills in defaults, the same as the gateway's. Throws a RangeError with every value that cannot be. */
export function resolveOptions(options: FootprintOptions): ResolvedOptions {
  const problems = problemsOf(options);
  if (problems.length > 0) throw new RangeError(`wattspan: ${problems.join("; ")}`);
  return {
    ...options,
    node: options.node ?? hostname(),
    devices: options.devices ?? [],
    attribution: { weights: "priced", decodeTokenPrice: 8, ...options.attribution },
    join: {
      lingerMs: 10_000,
      holdMs: 300_000,
      maxPhaseMs: 3_600_000,
      tickMs: 1000,
      ...options.join,
    },
    meters: {
      maxCounterGapMs: 600_000,
      maxPowerGapMs: 120_000,
      gainError: 0.05,
      ...options.meters,
    },
    attributes: options.attributes ?? "standard",
    maxHeldSpans: options.maxHeldSpans ?? 20_000,
    log: options.log ?? logToStderr,
    now: options.now ?? Date.now,
  };
}

/** One line on stderr, the default of `log`. */
export function logToStderr(_: LogLevel, message: string): void {
  process.stderr.write(`wattspan: ${message}\n`);
}

function problemsOf({ pue, maxHeldSpans, devices = [] }: FootprintOptions): readonly string[] {
  const problems: string[] = [];
  if (pue !== undefined && !(pue >= 1 && pue < Infinity)) problems.push(`pue ${pue} is below 1`);
  if (maxHeldSpans !== undefined && !(maxHeldSpans >= 1)) {
    problems.push(`maxHeldSpans ${maxHeldSpans} is below 1`);
  }
  for (const { id } of devices) if (id === "") problems.push("a device has no id");
  const ids = new Set(devices.map(({ id }) => id));
  if (ids.size < devices.length) problems.push("a device id is given twice");
  return problems;
}
