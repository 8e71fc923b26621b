import { expect, it } from "vitest";
import { createLog } from "./log.ts";
import { oneDevice, phaseOf, requestOf } from "./pipeline.test.fixture.ts";
import { createPipeline } from "./pipeline.ts";
import { createDialectWatch } from "./watch-dialects.ts";

function watch(): {
  dialects: ReturnType<typeof createDialectWatch>;
  lines: string[];
  clock: { ms: number };
} {
  const lines: string[] = [];
  const clock = { ms: 1_000_000 };
  const log = createLog({ write: (line) => lines.push(line.slice(25)), intervalMs: 0 });
  return { dialects: createDialectWatch(log, () => clock.ms), lines, clock };
}

it("says once that no phases were seen, after more than a minute of spans", () => {
  const { dialects, lines, clock } = watch();
  for (const ms of [0, 30_000, 30_000]) {
    clock.ms += ms;
    dialects.onSpans();
  }
  expect(lines).toEqual([]);
  clock.ms += 1;
  for (let i = 0; i < 3; i++) dialects.onSpans();
  expect(lines).toEqual([
    "WARN no phases were seen: no dialect knows a span of these traces about=dialects\n",
  ]);
});

it("says nothing of that where a dialect knew a span, nor of one that was recorded", () => {
  const { dialects, lines, clock } = watch();
  dialects.onSpans();
  dialects.onDialect("vllm");
  clock.ms += 600_000;
  dialects.onSpans();
  expect(lines).toEqual([]);
});

it("says once of each unverified dialect that it is at work", () => {
  const { dialects, lines } = watch();
  for (const name of ["llm-d", "sglang", "llm-d", "tensorrt-llm", "footprint"]) {
    dialects.onDialect(name);
  }
  expect(lines.map((line) => line.split("about=")[1])).toEqual(["llm-d\n", "tensorrt-llm\n"]);
});

it("is told by the pipeline", () => {
  const seen: string[] = [];
  const pipeline = createPipeline(oneDevice, () => true, Date.now, {
    onDialect: (name) => seen.push(name),
  });
  const span = { id: "1", toMs: 5 };
  pipeline.accept("traces", "json", requestOf([{ ...span, name: "GET /" }]));
  expect(seen).toEqual([]);
  pipeline.accept("traces", "json", requestOf([{ ...span, attributes: phaseOf("decode", 3) }]));
  expect(seen).toEqual(["footprint"]);
});
