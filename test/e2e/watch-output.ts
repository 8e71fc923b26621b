import type { Emit } from "@wattspan/gateway";
import {
  type Attributes,
  attributesOf,
  createTraceScanner,
  endUnixNanoOf,
  parentSpanIdOf,
  spanIdOf,
  traceIdOf,
} from "@wattspan/otlp";
import {
  ATTR_FOOTPRINT_ENERGY_ACCELERATOR,
  ATTR_FOOTPRINT_INFERENCE_PHASE,
  ATTR_FOOTPRINT_REQUEST_ENERGY,
} from "@wattspan/semconv";

/** What a backend knows of one phase. */
interface SeenPhase {
  /** As the phase's span said, joules at the meter; undefined where it had no figure. */
  readonly leftJoules: number | undefined;
  /** Sum of the restatements. */
  correctionJoules: number;
}

/** A backend that adds up what it is sent. */
export interface OutputWatch {
  readonly emit: Emit;
  /** Phases by trace and span id. */
  readonly phases: ReadonlyMap<string, SeenPhase>;
  /** Totals of requests after PUE with their corrections, joules by trace; absent where none was told. */
  readonly requestJoules: ReadonlyMap<string, number>;
  /** From a phase's end to when its figure left, and to each of its corrections, ms. */
  readonly leftMs: readonly number[];
  readonly correctedMs: readonly number[];
}

/** Creates a backend whose clock is `now`, ms since 1970. Throws where a span of figures comes twice. */
export function watchOutput(now: () => number): OutputWatch {
  const scanner = createTraceScanner({
    names: ["restatement"],
    keys: [ATTR_FOOTPRINT_INFERENCE_PHASE, ATTR_FOOTPRINT_REQUEST_ENERGY],
  });
  const phases = new Map<string, SeenPhase>();
  const requestJoules = new Map<string, number>();
  const spanIds = new Set<string>();
  const leftMs: number[] = [];
  const correctedMs: number[] = [];
  return {
    phases,
    requestJoules,
    leftMs,
    correctedMs,
    emit(signal, encoding, body) {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        const isRestatement = (table.nameIndex[i] as number) >= 0;
        if (!isRestatement && table.keyMask[i] === 0) continue;
        const attributes = attributesOf(table, i);
        const traceId = traceIdOf(table, i);
        const ownKey = `${traceId} ${spanIdOf(table, i)}`;
        if (spanIds.has(ownKey)) throw new Error(`span ${ownKey} left twice`);
        spanIds.add(ownKey);
        const total = numberOf(attributes, ATTR_FOOTPRINT_REQUEST_ENERGY);
        if (total !== undefined) {
          requestJoules.set(traceId, (requestJoules.get(traceId) ?? 0) + total);
        }
        const joules = numberOf(attributes, ATTR_FOOTPRINT_ENERGY_ACCELERATOR);
        const lateMs = now() - Number(endUnixNanoOf(table, i) / 1_000_000n);
        if (!isRestatement && attributes.has(ATTR_FOOTPRINT_INFERENCE_PHASE)) {
          phases.set(ownKey, { leftJoules: joules, correctionJoules: 0 });
          leftMs.push(lateMs);
        }
        if (!isRestatement || joules === undefined) continue;
        const corrected = phases.get(`${traceId} ${parentSpanIdOf(table, i)}`);
        if (corrected === undefined) throw new Error(`${ownKey} corrects what did not leave`);
        corrected.correctionJoules += joules;
        correctedMs.push(lateMs);
      }
      return true;
    },
  };
}

function numberOf(attributes: Attributes, key: string): number | undefined {
  const value = attributes.get(key);
  return typeof value === "number" ? value : undefined;
}
