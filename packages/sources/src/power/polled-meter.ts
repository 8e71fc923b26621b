import type { PowerMeter } from "@wattspan/footprint";
import type { PlacedSink } from "./meter-table.ts";
import { createPoll } from "./poll.ts";

/**
 * The life of a meter that is asked again and again: `read` says whether it succeeded and must not throw; `setSink` is
 * given where its readings go, and undefined once nobody wants them.
 */
export function createPolledMeter(
  name: string,
  intervalMs: number,
  read: () => Promise<boolean>,
  setSink: (sink: PlacedSink | undefined) => void,
): PowerMeter {
  const poll = createPoll(read, intervalMs);
  return {
    name,
    start(sink) {
      setSink(sink);
      poll.start();
    },
    flush: () => poll.flush(),
    async shutdown() {
      setSink(undefined);
      poll.shutdown();
    },
  };
}
