/** Footprints without a line of code: `node --import @wattspan/sdk/register worker.js`. */
import { readEnvironment } from "./read-environment.ts";
import { startFootprint } from "./start-footprint.ts";

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

function register(): void {
  const { options, problems } = readEnvironment(process.env);
  for (const problem of problems) process.stderr.write(`wattspan: ${problem}\n`);
  if (options === undefined) return;
  const started = startFootprint(options);
  if (!started.isActive) return;
  process.once("beforeExit", () => void started.shutdown());
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      // A host that handles the signal decides when to end; one that does not would have ended by now.
      const isHandled = process.listenerCount(signal) > 0;
      void started.shutdown().finally(() => {
        if (!isHandled) process.kill(process.pid, signal);
      });
    });
  }
}

try {
  register();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
}
