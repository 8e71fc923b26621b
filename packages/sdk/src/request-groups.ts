import { compareInstants } from "@wattspan/footprint";
import { endMsOf, type LocalPhase, startOf } from "./read-phase.ts";
import type { SdkSpan } from "./sdk-shape.ts";
import type { PhaseFigure } from "./worker-ledger.ts";

/** One request as this process sees it: its phases, and the span above them. */
export interface RequestGroup {
  readonly traceId: string;
  readonly requestId: string;
  /** Ended and held. */
  phases: LocalPhase[];
  /** What left before the span above ended; by start and span id once sorted. */
  left: readonly LeftPhase[];
  /** Phases that started and have not ended. */
  openPhases: number;
  /** The span above, once it ended. */
  root: SdkSpan | undefined;
  /** The span above is one of this process and has not ended. */
  isRootOpen: boolean;
}

/** A phase whose span left, kept for the roll-up. */
export interface LeftPhase {
  readonly phase: LocalPhase;
  readonly figure: PhaseFigure;
}

/** Requests that are not over, the one first whose memory is freed first. */
export interface RequestGroups {
  find(traceId: string, requestId: string): RequestGroup | undefined;
  add(traceId: string, requestId: string, isRootOpen: boolean): RequestGroup;
  delete(group: RequestGroup): void;
  moveLast(group: RequestGroup): void;
  values(): IterableIterator<RequestGroup>;
  readonly size: number;
}

const NOTHING: readonly never[] = [];

/** No request is known. */
export function createGroups(): RequestGroups {
  /** By the request's id; by the trace's too where another trace has the same. */
  const groups = new Map<string, RequestGroup>();
  let doubled = 0;

  function keyOf(group: RequestGroup): string {
    const { traceId, requestId } = group;
    return groups.get(requestId) === group ? requestId : traceId + requestId;
  }

  return {
    find(traceId, requestId) {
      const group = groups.get(requestId);
      if (group?.traceId === traceId) return group;
      return doubled === 0 ? undefined : groups.get(traceId + requestId);
    },
    add(traceId, requestId, isRootOpen) {
      const group = {
        traceId,
        requestId,
        phases: [],
        left: NOTHING,
        openPhases: 0,
        root: undefined,
        isRootOpen,
      };
      const isDouble = groups.has(requestId);
      if (isDouble) doubled++;
      groups.set(isDouble ? traceId + requestId : requestId, group);
      return group;
    },
    delete(group) {
      const key = keyOf(group);
      if (groups.delete(key) && key !== group.requestId) doubled--;
    },
    moveLast(group) {
      const key = keyOf(group);
      groups.delete(key);
      groups.set(key, group);
    },
    values: () => groups.values(),
    get size() {
      return groups.size;
    },
  };
}

/** Spans that the group holds back. */
export function heldIn({ phases, root }: RequestGroup): number {
  return phases.length + (root === undefined ? 0 : 1);
}

/** Nothing of the request is held or open. */
export function isEmpty(group: RequestGroup): boolean {
  return group.openPhases === 0 && !group.isRootOpen && heldIn(group) === 0;
}

/** Everything of the request has ended here; one whose span is elsewhere has been quiet for `lingerMs`. */
export function isComplete(group: RequestGroup, nowMs: number, lingerMs: number): boolean {
  if (group.openPhases > 0 || group.isRootOpen) return false;
  return (
    group.root !== undefined || group.phases.every((phase) => nowMs - endMsOf(phase) >= lingerMs)
  );
}

/** Order of the phases of a request, the gateway's: sums depend on it. */
export function comparePhases(a: LocalPhase, b: LocalPhase): number {
  const order = compareInstants(startOf(a), startOf(b));
  if (order !== 0) return order;
  return a.span.spanContext().spanId < b.span.spanContext().spanId ? -1 : 1;
}
