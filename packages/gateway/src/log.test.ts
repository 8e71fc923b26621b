import { describe, expect, it } from "vitest";
import { createLog, type LogOptions } from "./log.ts";

function record(options: Partial<LogOptions> = {}): {
  log: ReturnType<typeof createLog>;
  lines: string[];
  clock: { ms: number };
} {
  const lines: string[] = [];
  const clock = { ms: Date.parse("2026-11-24T09:00:00Z") };
  const log = createLog({ write: (line) => lines.push(line), now: () => clock.ms, ...options });
  return { log, lines, clock };
}

describe("createLog", () => {
  it("writes plain lines that no value can break", () => {
    const { log, lines } = record();
    log.warn("queue is full", {
      about: "tempo",
      bytes: 12,
      error: 'a "b"\nERROR c\u001b',
      none: undefined,
    });
    expect(lines).toEqual([
      '2026-11-24T09:00:00.000Z WARN queue is full about=tempo bytes=12 error="a \\"b\\"\\nERROR c\\u001b"\n',
    ]);
  });

  it("writes JSON", () => {
    const { log, lines } = record({ format: "json" });
    log.info("started", { port: 4318 });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { time: "2026-11-24T09:00:00.000Z", level: "info", message: "started", port: 4318 },
    ]);
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = record({ level: "warn", format: "json" });
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(["c", "d"]);
  });

  it("silences a repeated line about the same thing, then says how many there were", () => {
    const { log, lines, clock } = record({ intervalMs: 1000 });
    for (let i = 0; i < 100; i += 1) log.error("data dropped", { about: "tempo", attempt: i });
    log.error("data dropped", { about: "jaeger" });
    log.warn("data dropped", { about: "tempo" });
    expect(lines).toHaveLength(3);
    clock.ms += 1000;
    log.error("data dropped", { about: "tempo" });
    expect(lines.at(-1)).toMatch(/silenced=99\n$/);
    clock.ms += 1000;
    log.error("data dropped", { about: "tempo" });
    expect(lines.at(-1)).not.toMatch(/silenced/);
  });

  it("never throws", () => {
    const { log } = record({
      write: () => {
        throw new Error("EPIPE");
      },
    });
    expect(() => log.error("x")).not.toThrow();
  });
});
