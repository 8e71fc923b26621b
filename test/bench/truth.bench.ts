import { judgeModel } from "../truth/judge-bounds.ts";
import {
  compare,
  type Deviation,
  FLEETS,
  figuresOf,
  serve,
  truthOf,
} from "../truth/judge-metering.ts";
import { METER_MODELS } from "../truth/meter-models.ts";
import { STEP_METERS } from "../truth/sample-steps.ts";

// How good figures are where the truth is known. First the bounds: 10,000 windows under hostile power curves, and the
// tightest bounds there are by an optimiser of its own. Then a simulated fleet whose every joule is known: what the
// weight policy is wrong by under a perfect meter, and what real meters add to that.
const WINDOWS = 10_000;
const REQUESTS = 4000;

const print = (cells: readonly string[]): void => {
  const [first = "", ...others] = cells;
  process.stdout.write(`${first.padEnd(30)}${others.map((cell) => cell.padStart(14)).join("")}\n`);
};
const percent = (ratio: number): string => `${(ratio * 100).toFixed(2)} %`;

print([
  "bounds by meter",
  "windows",
  "truth inside",
  "tightest in",
  "width / tight",
  "p95",
  "largest",
  "width / figure",
]);
for (const model of METER_MODELS) {
  const isSlow = model.name.includes("cache");
  const verdict = judgeModel(model, Math.ceil(WINDOWS / METER_MODELS.length), isSlow ? 20 : 2);
  print([
    model.name,
    String(verdict.windows),
    percent(verdict.truthInside / verdict.windows),
    percent(verdict.tightestInside / verdict.sought),
    verdict.medianRatio.toFixed(3),
    verdict.p95Ratio.toFixed(2),
    verdict.largestRatio.toFixed(2),
    percent(verdict.medianWidth),
  ]);
}

const cellsOf = (deviation: Deviation): string[] => [
  percent(deviation.total),
  percent(deviation.prefill),
  percent(deviation.decode),
  percent(deviation.requestMedian),
  percent(deviation.requestP95),
  percent(deviation.read),
];
const COLUMNS = ["phases off by", "all prefill", "all decode", "request p50", "p95", "read"];

for (const [name, fleet, perSecond] of FLEETS) {
  let served = serve(fleet, REQUESTS, perSecond, 7);
  let fastest = 0;
  for (let run = 0; run < 3; run++) {
    const began = performance.now();
    served = serve(fleet, REQUESTS, perSecond, 7);
    fastest = Math.max(fastest, REQUESTS / ((performance.now() - began) / 1000));
  }
  const simulated = `${REQUESTS} requests, ${served.phases.length} phases, ${served.endSeconds.toFixed(0)} s`;
  process.stdout.write(`\n${name}: ${simulated}, simulated at ${Math.round(fastest)} requests/s\n`);
  const truth = truthOf(served);
  print(["weight policy, perfect meter", ...COLUMNS]);
  for (const policy of ["priced", "tokens", "time", "truth"] as const) {
    print([policy, ...cellsOf(compare(served, figuresOf(served, policy), truth))]);
  }
  const perfect = figuresOf(served, "priced");
  print(["meter, same policy", ...COLUMNS]);
  for (const meter of STEP_METERS) {
    print([meter.name, ...cellsOf(compare(served, figuresOf(served, "priced", meter), perfect))]);
  }
}
