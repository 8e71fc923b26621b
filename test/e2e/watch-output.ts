import type { Emit } from "@wattspan/gateway";
import {
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
} from "@wattspan/semconv";

/** What a backend knows of one phase. */
export interface SeenPhase {
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
  /** From a phase's end to when its figure left, and to each of its corrections, ms. */
  readonly leftMs: readonly number[];
  readonly correctedMs: readonly number[];
}

/** Creates a backend whose clock is `now`, ms since 1970. Throws where a phase's span comes twice. */
export function watchOutput(now: () => number): OutputWatch {
  const scanner = createTraceScanner({
    names: ["restatement"],
    keys: [ATTR_FOOTPRINT_INFERENCE_PHASE],
  });
  const phases = new Map<string, SeenPhase>();
  const leftMs: number[] = [];
  const correctedMs: number[] = [];
  return {
    phases,
    leftMs,
    correctedMs,
    emit(signal, encoding, body) {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        const isRestatement = (table.nameIndex[i] as number) >= 0;
        if (!isRestatement && table.keyMask[i] === 0) continue;
        const figure = attributesOf(table, i).get(ATTR_FOOTPRINT_ENERGY_ACCELERATOR);
        const joules = typeof figure === "number" ? figure : undefined;
        const lateMs = now() - Number(endUnixNanoOf(table, i) / 1_000_000n);
        const spanId = isRestatement ? parentSpanIdOf(table, i) : spanIdOf(table, i);
        const key = `${traceIdOf(table, i)} ${spanId}`;
        const known = phases.get(key);
        if (!isRestatement) {
          if (known !== undefined) throw new Error(`span ${key} left twice`);
          phases.set(key, { leftJoules: joules, correctionJoules: 0 });
          leftMs.push(lateMs);
        } else if (known !== undefined && joules !== undefined) {
          known.correctionJoules += joules;
          correctedMs.push(lateMs);
        } else throw new Error(`a restatement of ${key}, which did not leave or has no figure`);
      }
      return true;
    },
  };
}
