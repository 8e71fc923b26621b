import { gunzipSync, gzipSync } from "node:zlib";
import { type Payload, SPANS } from "./payload.ts";

/** Spans per CPU-second of gunzip and gzip alone, at the levels that sender and gateway use. */
export function measureCodec(payloads: readonly Payload[]): number {
  const bodies = payloads
    .slice(0, 16)
    .map((payload) => gzipSync(payload.at(1, Date.now()), { level: 1 }));
  const before = process.cpuUsage();
  let bytes = 0;
  for (const body of bodies) bytes += gzipSync(gunzipSync(body), { level: 1 }).length;
  const { user, system } = process.cpuUsage(before);
  if (bytes === 0) throw new Error("nothing was compressed");
  return (bodies.length * SPANS) / ((user + system) / 1e6);
}
