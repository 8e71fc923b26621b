import { parseArgs } from "node:util";
import { fullDisk, isFullDiskGood, whyNoSmallDisk } from "./full-disk.ts";
import { isKillGood, killGateway } from "./kill-gateway.ts";
import { isMutationGood, mutateBodies } from "./mutate-bodies.ts";
import { isOutageGood, outage } from "./outage.ts";

const USAGE = `usage: npm run faults -- [--kills N] [--outage SECONDS] [--full-disk] [--mutations N] [--seed N]
  --kills N         kill -9 at N moments of chance
  --outage SECONDS  so many seconds of 1,000 spans each while no backend takes them; 600 are ten minutes
  --full-disk       a disk, and a spool, without room
  --mutations N     N requests with bytes changed: protobuf, JSON, gzip, gRPC's frames
`;

/** Runs what the arguments name and prints every figure; 0 where all of it held, 1 where not, 2 usage. */
export async function runFaults(args: readonly string[]): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: "string" },
      outage: { type: "string" },
      mutations: { type: "string" },
      "full-disk": { type: "boolean", default: false },
      seed: { type: "string", default: "1" },
    },
  });
  const seed = Number(values.seed);
  const held: boolean[] = [];
  const judge = <Report extends object>(report: Report, isGood: (of: Report) => boolean): void => {
    print(JSON.stringify(report, null, 2));
    held.push(isGood(report));
  };
  if (values.kills !== undefined) {
    judge(await killGateway(Number(values.kills), seed, print), isKillGood);
  }
  if (values.outage !== undefined) judge(await outage(Number(values.outage), seed), isOutageGood);
  if (values["full-disk"]) {
    judge(await fullDisk("max_size"), isFullDiskGood);
    const reason = whyNoSmallDisk();
    if (reason === undefined) judge(await fullDisk("disk"), isFullDiskGood);
    else print(`skipped: no small file system can be made here: ${reason}`);
  }
  if (values.mutations !== undefined) {
    judge(await mutateBodies(Number(values.mutations), seed), isMutationGood);
  }
  if (held.length === 0) process.stderr.write(USAGE);
  return held.length === 0 ? 2 : held.every(Boolean) ? 0 : 1;
}
