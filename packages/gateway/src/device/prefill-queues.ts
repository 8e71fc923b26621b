import type { StagedPhase } from "./device-stage.ts";
import { createQueueTrimmer, type QueueTrimmer } from "./trim-queueing.ts";

/** Prefills without the wait for each other, by the queue that they wait in; other phases are passed over. */
export interface PrefillQueues {
  /** Takes a phase in place of `before`; gives the ids of others whose start is another now. */
  put(phase: StagedPhase, before: StagedPhase | undefined): readonly string[];
  /** Takes a phase away; gives the ids of others whose start is another now. */
  remove(phase: StagedPhase): readonly string[];
  /** When the engine took the phase up. */
  startOf(phase: StagedPhase): bigint;
  /** Forgets phases that ended before `endNs`; what they did to later starts stands. */
  dropBefore(endNs: bigint): void;
}

const waits = ({ phase, startUnixNano, endUnixNano }: StagedPhase): boolean =>
  phase === "prefill" && endUnixNano > startUnixNano;

/** Creates it without phases. */
export function createPrefillQueues(): PrefillQueues {
  const queues = new Map<string, QueueTrimmer>();

  const remove = ({ queue, id }: StagedPhase): readonly string[] =>
    queues.get(queue)?.remove(id) ?? [];

  function add(phase: StagedPhase): readonly string[] {
    const trimmer = queues.get(phase.queue) ?? createQueueTrimmer();
    queues.set(phase.queue, trimmer);
    return trimmer.set({
      id: phase.id,
      startNs: phase.startUnixNano,
      endNs: phase.endUnixNano,
      includesQueueing: phase.includesQueueing,
    });
  }

  return {
    put(phase, before) {
      if (!waits(phase)) return before === undefined ? [] : remove(before);
      if (before === undefined || before.queue === phase.queue) return add(phase);
      return [...remove(before), ...add(phase)];
    },
    remove,
    startOf: (phase) =>
      (phase.phase === "prefill" ? queues.get(phase.queue)?.startOf(phase.id) : undefined) ??
      phase.startUnixNano,
    dropBefore(endNs) {
      for (const [name, trimmer] of queues) {
        trimmer.dropBefore(endNs);
        if (trimmer.size === 0) queues.delete(name);
      }
    },
  };
}
