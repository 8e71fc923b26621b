import { expect, it } from "vitest";
import { fleetLine, printSummary, requestLine } from "./print-summary.ts";

const phase = {
  spanId: "1",
  startUnixNano: "0",
  endUnixNano: "1",
  status: "estimated",
  intervalSource: "x",
};
const request = {
  traceId: "t",
  requestId: "r",
  model: "llama",
  carbonGrams: 0.0412,
  status: "estimated",
  phases: [
    { ...phase, phase: "prefill", energyJoules: 12.3, zone: "FR", dataStatus: "yearly_zone" },
    { ...phase, phase: "decode", energyJoules: 480.4, node: "node-b" },
    { ...phase, phase: "decode", reason: "no_reading" },
  ],
};

it("says a request in one line", () => {
  expect(requestLine(request)).toBe(
    "llama: prefill 12 J (FR, yearly), decode 480 J (node-b), decode no_reading, 0.041 g, estimated",
  );
});

it("says what tokens took by counters alone", () => {
  const prefill = { tokens: 12_000, joules: 600, facilityJoules: 720, carbonGrams: 0.006 };
  const none = { tokens: 0, joules: 0, facilityJoules: 0 };
  expect(fleetLine({ model: "llama", pool: "prefill", zone: "FR", prefill, decode: none })).toBe(
    "counted llama prefill (FR): prefill 12000 tokens, 0.050 J and 0.00050 mg a token, decode none",
  );
  expect(fleetLine({ prefill: none, decode: { ...none, tokens: 10, joules: 4 } })).toBe(
    "counted: prefill none, decode 10 tokens, 0.40 J a token",
  );
});

it("ends with the balance", () => {
  let text = "";
  const totals = {
    meteredJoules: 300,
    attributedJoules: 200,
    idleJoules: 90,
    unattributedJoules: 10,
  };
  printSummary(
    { devices: [], requests: [request], restatements: [], fleet: [], seen: {}, totals },
    (part) => {
      text += part;
    },
  );
  expect(text.trimEnd().split("\n").at(-1)).toBe(
    "balance: 300 J metered = 200 J attributed + 90 J idle + 10 J unattributed (rest 0.0e+0 J)",
  );
});
