import { addNs, type Instant, instantOfMs } from "@wattspan/footprint";
import type { PlacedReading } from "./meter-table.ts";
import type { BoardSample } from "./read-boards.ts";
import { createSampleTimer, type SampleTimer } from "./time-samples.ts";

/** Turns what was seen in one look into readings. */
export type TimeBoards = (
  boards: readonly BoardSample[],
  asked: Instant,
  answered: Instant,
) => readonly PlacedReading[];

/** Creates the clock of one source's series; values that bring their own time keep it. */
export function createBoardTimer(table: string, maxAgeMs: number): TimeBoards {
  const timers = new Map<string, SampleTimer>();

  function timerOf(board: BoardSample): SampleTimer {
    const { scope, kind, id, nodeNames, timestampMs, reachMs = 0 } = board;
    const key = JSON.stringify([scope, kind, id, nodeNames]);
    const known = timers.get(key);
    if (known !== undefined) return known;
    const timer = createSampleTimer(kind, timestampMs === undefined ? maxAgeMs : 0, reachMs);
    timers.set(key, timer);
    return timer;
  }

  return (boards, asked, answered) =>
    boards.flatMap((board): PlacedReading[] => {
      const { id, scope, kind, value, nodeNames, timestampMs, reachMs = 0 } = board;
      const reading = {
        id,
        scope,
        kind,
        value,
        nodeNames,
        table,
        ...(board.activity === undefined ? {} : { activity: board.activity }),
        ...(board.pods === undefined ? {} : { pods: board.pods }),
      };
      const own = timestampMs === undefined ? undefined : instantOfMs(timestampMs);
      const time = timerOf(board).take(value, own ?? asked, own ?? answered);
      if (time === undefined) return [];
      if (own === undefined) return [{ ...reading, ...time }];
      const earliest = reachMs > 0 ? { earliest: addNs(own, -reachMs * 1e6) } : {};
      return [{ ...reading, at: own, ...earliest }];
    });
}
