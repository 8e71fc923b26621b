// A worker that knows nothing of Wattspan: one request, two marked phases.
const { SpanKind, context, trace } = require("@opentelemetry/api");

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const tracer = trace.getTracer("worker");
  const request = tracer.startSpan("llm request", { kind: SpanKind.SERVER });
  const parent = trace.setSpan(context.active(), request);
  for (const [phase, tokens, ms] of [
    ["prefill", 100, 60],
    ["decode", 20, 120],
  ]) {
    const attributes = {
      "footprint.inference.phase": phase,
      "footprint.inference.processed_tokens": tokens,
    };
    const span = tracer.startSpan(phase, { attributes }, parent);
    await sleep(ms);
    span.end();
  }
  request.end();
}

void main();
