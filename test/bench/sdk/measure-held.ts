import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { createKeepExporter } from "./exporters.ts";
import { createBareRequests } from "./requests.ts";
import { createFootprints } from "./workers.ts";

const REQUESTS = 20_000;

/** Prints the bytes of a held span, with and without footprints. */
export async function measureHeld(): Promise<void> {
  const kept: unknown[] = [];
  const keep: SpanProcessor = {
    onStart: () => {},
    onEnd: (span) => void kept.push(span),
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const base = fill(new TracerProvider({ spanProcessors: [keep] }));
  const exported: ReadableSpan[] = [];
  const worker = createFootprints(createKeepExporter(exported), { maxHeldSpans: REQUESTS * 4 });
  const ours = fill(worker.provider);
  const { heldCount } = worker.processor;
  if (kept.length !== heldCount) throw new Error(`${heldCount} of ${kept.length} spans are held`);
  process.stdout.write(
    `bytes of a held span: the SDK's own ${base.toFixed(0)}, with footprints ${ours.toFixed(0)}, ` +
      `more by ${(ours - base).toFixed(0)} (goal 1024)\n`,
  );
  await worker.provider.shutdown();
}

function fill(provider: TracerProvider): number {
  const start = createBareRequests(provider);
  const before = heapBytes();
  for (let i = 0; i < REQUESTS; i++) {
    const startMs = Date.now();
    const request = start(startMs);
    request.firstToken(startMs + 200);
    request.end(startMs + 1000);
  }
  return (heapBytes() - before) / (REQUESTS * 3);
}

function heapBytes(): number {
  for (let i = 0; i < 4; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
