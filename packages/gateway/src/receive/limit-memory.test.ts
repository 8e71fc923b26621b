import { expect, it } from "vitest";
import { createLog } from "../log.ts";
import { limitMemory } from "./limit-memory.ts";

const body = new Uint8Array(1);

it("sends senders away while memory is short, says so once, and looks no oftener than it has to", () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), intervalMs: 0 });
  let nowMs = 0;
  let heapUsed = 50;
  let looks = 0;
  const accept = limitMemory(() => ({ status: "accepted", rejected: 0 }), {
    maxBytes: 100,
    log,
    now: () => nowMs,
    read: () => {
      looks++;
      return { heapUsed, external: 30 };
    },
  });
  const statusAt = (ms: number): unknown => {
    nowMs = ms;
    return accept("traces", "json", body);
  };
  expect(statusAt(0)).toMatchObject({ status: "accepted" });
  heapUsed = 80;
  expect(statusAt(50)).toMatchObject({ status: "accepted" });
  const refused = { status: "refused", reason: "busy", retryAfterSeconds: 5 };
  expect([statusAt(100), statusAt(200)]).toMatchObject([refused, refused]);
  heapUsed = 20;
  expect(statusAt(300)).toMatchObject({ status: "accepted" });
  expect(looks).toBe(4);
  expect(lines).toHaveLength(1);
});

it("knows the limit of the heap", () => {
  const log = createLog({ write: () => undefined });
  const accept = limitMemory(() => ({ status: "accepted", rejected: 0 }), {
    log,
    read: () => ({ heapUsed: 2 ** 50, external: 0 }),
  });
  expect(accept("logs", "protobuf", body)).toMatchObject({ status: "refused" });
});
