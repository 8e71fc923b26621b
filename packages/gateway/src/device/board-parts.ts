import { type BoardPart, deviceKey } from "@wattspan/footprint";
import type { NodeOptions } from "../pipeline-options.ts";

/** The parts of each board that has parts, by the board's key. */
export function boardPartsOf(
  nodes: readonly NodeOptions[],
): ReadonlyMap<string, readonly BoardPart[]> {
  const parts = new Map<string, BoardPart[]>();
  for (const { name, devices } of nodes) {
    for (const { id, board } of devices) {
      if (board === undefined) continue;
      const key = deviceKey(name, board.id);
      const known = parts.get(key) ?? [];
      parts.set(key, known);
      known.push({ key: deviceKey(name, id), share: board.share });
    }
  }
  return parts;
}
