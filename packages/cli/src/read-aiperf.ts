import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { NodeOptions } from "@wattspan/gateway";
import { parseAiperfTelemetry } from "@wattspan/sources";
import { nodeNamed } from "./config/node-named.ts";
import { type MeterCsv, meterFileOf, splitArgument } from "./read-meter-csv.ts";

/** What names a device and a time comes first in a record, within this much. */
const HEAD_BYTES = 4096;

/** Whether the file of an argument `[NODE=]FILE` holds AIPerf's GPU telemetry: its first line does. Throws what reading throws. */
export function isAiperfTelemetry(argument: string, nodes: readonly NodeOptions[]): boolean {
  if (!/\.jsonl?$/.test(argument)) return false;
  const head = Buffer.alloc(HEAD_BYTES);
  const file = openSync(splitArgument(argument, nodes).path, "r");
  try {
    const length = readSync(file, head, 0, HEAD_BYTES, 0);
    const [first = ""] = head.toString("utf8", 0, length).split("\n");
    return first.includes('"timestamp_ns"') && first.includes('"gpu_uuid"');
  } finally {
    closeSync(file);
  }
}

/**
 * Readings of AIPerf's GPU telemetry. A device belongs to the node before the file's name, else to the only one that is
 * configured with it, else to the one of the host that the file names, else to the only node. Throws an Error for a
 * device before the file's name.
 */
export function readAiperf(argument: string, nodes: readonly NodeOptions[]): MeterCsv {
  const { node, device, path } = splitArgument(argument, nodes);
  if (device !== undefined) throw new Error("its records name their devices: give NODE=FILE");
  const nodeOf = (host: string | undefined, id: string): string | undefined => {
    if (node !== undefined) return node.name;
    const owners = nodes.filter(({ devices }) => devices.some((device) => device.id === id));
    if (owners.length === 1) return owners[0]?.name;
    const named = host === undefined ? undefined : nodeNamed(nodes, host);
    return (named ?? (nodes.length === 1 ? nodes[0] : undefined))?.name;
  };
  const parsed = parseAiperfTelemetry(readFileSync(path, "utf8"), { nodeOf });
  const { readings, remarks } = meterFileOf(path, parsed);
  const unverified = `${path}: AIPerf's GPU telemetry was never tried on a real run's file; look at the figures`;
  return { readings, remarks: [unverified, ...remarks] };
}
