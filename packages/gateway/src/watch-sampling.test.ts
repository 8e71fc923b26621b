import { expect, it } from "vitest";
import { disagreementOf, type SeenFractions } from "./device/sampling.ts";
import { createLog } from "./log.ts";
import { createTelemetry } from "./telemetry.ts";
import { createSamplingWatch } from "./watch-sampling.ts";

it("shows what is seen, and says once that it is told differently", async () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line.slice(25)), intervalMs: 0 });
  const telemetry = createTelemetry();
  let fractions: SeenFractions = { configuration: 0.1 };
  let asked = 0;
  const look = createSamplingWatch(telemetry, log, () => {
    asked++;
    return fractions;
  });
  look(0);
  fractions = { configuration: 0.1, counters: 0.11 };
  look(60_000);
  fractions = { configuration: 0.1, counters: 0.04 };
  look(90_000);
  expect([asked, lines]).toEqual([2, []]);
  look(120_000);
  look(180_000);
  expect(asked).toBe(3);
  expect(lines).toEqual([
    "WARN which part of the work is seen is told differently about=sampling.probability counters=0.04 configuration=0.1\n",
  ]);
  const page = await telemetry.render();
  expect(page).toContain('wattspan_seen_fraction{from="counters"} 0.04');
  expect(page).toContain('wattspan_seen_fraction{from="configuration"} 0.1');
  expect(page).not.toContain('from="tracestate"');
});

it.each([
  [{}, undefined],
  [{ counters: 0.5 }, undefined],
  [{ counters: 0.1, tracestate: 0.12, configuration: 0.1 }, undefined],
  [{ counters: 0.1, tracestate: 0.2, configuration: 0.1 }, ["counters", "tracestate"]],
  [{ tracestate: 0.1, configuration: 1 }, ["tracestate", "configuration"]],
] as const)("%j: %j", (fractions, disagreement) => {
  expect(disagreementOf(fractions)).toEqual(disagreement);
});
