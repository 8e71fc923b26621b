import { trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

// The example's worker under a plain SDK, which exports to OTEL_EXPORTER_OTLP_ENDPOINT; what it did goes to stdout.
const [generatePath, modelPath] = process.argv.slice(2);
const { chat, completeAll, embed, withWorker } = await import(generatePath);
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ "service.name": "llama-worker" }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
});
trace.setGlobalTracerProvider(provider);

const prompts = [
  "A joule is",
  "The power grid of France is mostly fed by",
  "Large language models answer in two phases. In the first, the whole prompt is read, and",
  "Coal, gas, wind, sun and water: these are the sources of",
];
const options = {
  modelPath,
  sequences: prompts.length,
  devices: ["GPU-a0"],
  model: "gemma",
  // One thread needs no free processor beside it.
  threads: 1,
};
const text = "An embedding is a prompt and nothing more.";
await withWorker(options, async (worker) => {
  const meters = worker.sequences.map(({ tokenMeter }) => tokenMeter.getState());
  const answers = await completeAll(worker, prompts, 24);
  const computed = worker.sequences.map(({ tokenMeter }, i) => tokenMeter.diff(meters[i]));
  const turns = await chat(worker, ["Say one.", "Say two."], 12);
  const vector = await embed(worker, text);
  const told = {
    completions: answers.map((answer, i) => ({ answer, computed: computed[i] })),
    promptTokens: prompts.map((prompt) => worker.model.tokenize(prompt).length),
    turns,
    dimensions: vector.length,
    embeddedTokens: worker.model.tokenize(text).length,
  };
  process.stdout.write(JSON.stringify(told));
});
await provider.shutdown();
