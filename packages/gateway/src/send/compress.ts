import { promisify } from "node:util";
import { constants, gzip } from "node:zlib";
import type { SendItem } from "./send-queue.ts";

const gzipAsync = promisify(gzip);

/** Replaces the payload of `item` by its gzip form, once; the plain one is let go. */
export async function compress(item: SendItem): Promise<void> {
  if (item.isCompressed) return;
  // The fastest level: bytes to a backend are cheaper than cores that could be joining spans.
  item.payload = await gzipAsync(item.payload, { level: constants.Z_BEST_SPEED });
  item.isCompressed = true;
}
