import { expect, it } from "vitest";
import { createLog } from "../log.ts";
import type { Accept } from "./accept.ts";
import { createMemoryLimit } from "./limit-memory.ts";

const body = new Uint8Array(1);
const acceptAll: Accept = () => ({ status: "accepted", rejected: 0 });

it("sends senders away while memory is short, says so once, and looks no oftener than it has to, for all entrances together", () => {
  const lines: string[] = [];
  const log = createLog({ write: (line) => lines.push(line), intervalMs: 0 });
  let nowMs = 0;
  let heapUsed = 50;
  let looks = 0;
  const limit = createMemoryLimit({
    maxBytes: 100,
    log,
    now: () => nowMs,
    read: () => {
      looks++;
      return { heapUsed, external: 30 };
    },
  });
  const [first, second] = [limit(acceptAll), limit(acceptAll)];
  const statusAt = (ms: number): unknown => {
    nowMs = ms;
    const verdict = first("traces", "json", body);
    expect(second("traces", "json", body)).toEqual(verdict);
    return verdict;
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
  const accept = createMemoryLimit({
    log,
    read: () => ({ heapUsed: 2 ** 50, external: 0 }),
  })(acceptAll);
  expect(accept("logs", "protobuf", body)).toMatchObject({ status: "refused" });
});
