// A worker with an OpenTelemetry SDK of its own: addFootprint gives the processor and the sampler.
import { context, SpanKind, trace } from "@opentelemetry/api";
import { BatchSpanProcessor, ConsoleSpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { addFootprint } from "@wattspan/sdk";

const provider = new TracerProvider({
  ...addFootprint({
    next: new BatchSpanProcessor({ exporter: new ConsoleSpanExporter() }),
    // On a machine with an NVIDIA GPU leave both out; a model's figures are labelled `estimated`.
    meter: process.env.METER ?? "model",
    devices: [{ id: "cpu", maxWatts: 65 }],
    zone: "FR",
    pue: 1.2,
  }),
});
const tracer = provider.getTracer("worker");
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const request = tracer.startSpan("llm request", { kind: SpanKind.SERVER });
const parent = trace.setSpan(context.active(), request);
await phase("prefill", 512, 100);
await phase("decode", 128, 400);
request.end();
await provider.shutdown();

// What @wattspan/instrumentation does for you: one span a phase, with what it computed.
async function phase(name, tokens, ms) {
  const attributes = {
    "footprint.inference.phase": name,
    "footprint.inference.processed_tokens": tokens,
  };
  const span = tracer.startSpan(name, { attributes }, parent);
  await sleep(ms);
  span.end();
}
