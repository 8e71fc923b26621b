import { createPipeline } from "@wattspan/gateway";
import { defaultPipeline } from "../../default-pipeline.ts";
import { nodeName, type Payload } from "./payload.ts";
import { NODES } from "./subjects.ts";

/** Memory of a pipeline that holds the spans of these requests, sent several times: all of it, by held span. */
export async function measureHeld(payloads: readonly Payload[]): Promise<string> {
  const nodes = (["prefill", "decode"] as const).flatMap((phase) =>
    Array.from({ length: NODES }, (_, index) => ({
      name: nodeName(phase, index),
      aliases: [],
      devices: [{ id: `GPU-${phase}-${index}`, idleWatts: 70, maxWatts: 700 }],
    })),
  );
  const nowMs = Date.now();
  const pipeline = createPipeline(
    {
      ...defaultPipeline,
      nodes,
      dimensions: new Map([["tenant", ["tenant.id", "user.id"]]]),
    },
    () => true,
    () => nowMs,
  );
  const before = memory();
  for (let round = 0; round < 10; round++) {
    for (const [index, payload] of payloads.entries()) {
      const body = new Uint8Array(payload.at(1 + round * payloads.length + index, nowMs));
      pipeline.accept("traces", "protobuf", body);
    }
  }
  const bytes = memory() - before;
  const { heldCount, heldBytes } = pipeline;
  return `${heldCount} spans held: ${(bytes / heldCount).toFixed(0)} bytes each with all that is known of them, phases and ledger (goal 700); ${(heldBytes / heldCount).toFixed(0)} of them the span itself`;
}

function memory(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
