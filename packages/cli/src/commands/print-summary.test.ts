import { expect, it } from "vitest";
import { printSummary, requestLine } from "./print-summary.ts";

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
