import { parseArgs } from "node:util";
import { killGateway } from "./kill-gateway.ts";

const USAGE = "usage: npm run faults -- --kills N [--seed N]\n";

/** Runs what the arguments name and prints every figure; 0 where all of it held, 1 where not, 2 usage. */
export async function runFaults(args: readonly string[]): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const { values } = parseArgs({
    args: [...args],
    options: { kills: { type: "string" }, seed: { type: "string", default: "1" } },
  });
  let failed = 0;
  const seed = Number(values.seed);
  if (values.kills === undefined) {
    process.stderr.write(USAGE);
    return 2;
  }
  const report = await killGateway(Number(values.kills), seed, print);
  print(JSON.stringify(report, null, 2));
  const isGood =
    report.missingSpans === 0 &&
    report.differingSpans === 0 &&
    report.wrongPhases === 0 &&
    report.repeatedRequests <= report.inFlightAtKills;
  if (!isGood) failed++;
  return failed === 0 ? 0 : 1;
}
