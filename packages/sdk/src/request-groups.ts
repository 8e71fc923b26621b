import { compareInstants } from "@wattspan/footprint";
import type { SdkSpan } from "./sdk-shape.ts";
import type { ChargedPhase, PhaseFigure } from "./worker-ledger.ts";

/** One request as this process sees it: its phases, and the span above them. */
export interface RequestGroup {
  readonly key: string;
  /** Ended and held. */
  phases: ChargedPhase[];
  /** What left before the span above ended; by start and span id once sorted. */
  left: readonly LeftPhase[];
  /** Phases that started and have not ended. */
  openPhases: number;
  /** The span above, once it ended. */
  root: SdkSpan | undefined;
  /** The span above is one of this process and has not ended. */
  isRootOpen: boolean;
  lastEndMs: number;
}

/** A phase whose span left, kept for the roll-up. */
export interface LeftPhase {
  readonly phase: ChargedPhase;
  readonly figure: PhaseFigure;
}

const NOTHING: readonly never[] = [];

/** A request of which nothing is known yet. */
export function createGroup(key: string, isRootOpen: boolean): RequestGroup {
  return {
    key,
    phases: [],
    left: NOTHING,
    openPhases: 0,
    root: undefined,
    isRootOpen,
    lastEndMs: Number.NEGATIVE_INFINITY,
  };
}

/** Spans that the group holds back. */
export function heldIn({ phases, root }: RequestGroup): number {
  return phases.length + (root === undefined ? 0 : 1);
}

/** Everything of the request has ended here; one whose span is elsewhere has been quiet for `lingerMs`. */
export function isComplete(group: RequestGroup, nowMs: number, lingerMs: number): boolean {
  if (group.openPhases > 0 || group.isRootOpen) return false;
  return group.root !== undefined || nowMs - group.lastEndMs >= lingerMs;
}

/** Order of the phases of a request, the gateway's: sums depend on it. */
export function comparePhases(a: ChargedPhase, b: ChargedPhase): number {
  const order = compareInstants(a.start, b.start);
  if (order !== 0) return order;
  return a.span.spanContext().spanId < b.span.spanContext().spanId ? -1 : 1;
}
