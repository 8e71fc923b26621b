import { expect, it } from "vitest";
import { meterAt500W, phaseOf, requestOf, startPipeline, T0 } from "../pipeline.test.fixture.ts";

it("holds the parent of each batch's marked phases, whatever its name, and no other span", () => {
  const { pipeline, sent, clock } = startPipeline();
  pipeline.addReadings(meterAt500W(0, 60));
  clock.nowMs = T0 + 10_000;
  for (const [trace, id, phase, other] of [
    ["a", "1", "2", "3"],
    ["b", "4", "5", "6"],
  ] as const) {
    const batch = [
      { trace, id, name: "chat" },
      { trace, id: phase, parent: id, attributes: phaseOf("decode", 10) },
      { trace, id: other, parent: id, name: "cache" },
    ];
    pipeline.accept("traces", "json", requestOf(batch));
  }
  expect(pipeline.heldCount).toBe(4);
  expect(sent.map(({ id }) => id)).toEqual(["3", "6"]);
  clock.nowMs = T0 + 60_000;
  pipeline.tick(clock.nowMs);
  const requests = sent.filter(({ attributes }) => attributes.has("footprint.request.energy"));
  expect(requests.map(({ id }) => id).sort()).toEqual(["1", "4"]);
});
