import { expect, it } from "vitest";
import { createLog } from "./log.ts";
import { createTelemetry } from "./telemetry.ts";
import { createPipelineWatch } from "./watch-pipeline.ts";

it("counts phases that were not charged, also where a pipeline adds them up whenever it is asked", async () => {
  const lines: string[] = [];
  const telemetry = createTelemetry();
  const watch = createPipelineWatch(telemetry, createLog({ write: (line) => lines.push(line) }));
  let count = 0;
  watch.watch({
    accept: () => ({ status: "accepted", rejected: 0 }),
    get refusedPhases() {
      return new Map([["implausible_tokens", count]]);
    },
  });
  watch.tick();
  expect(lines).toEqual([]);
  count = 3;
  watch.tick();
  expect(lines.join("")).toContain("phases are not charged");
  expect(await telemetry.render()).toContain(
    'wattspan_uncharged_phases_total{reason="implausible_tokens"} 3',
  );
});
