import { cpus } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { startFootprint } from "@wattspan/sdk";
import { meterNamed } from "@wattspan/sources";
import { chat, completeAll, embed, withWorker } from "./generate.js";
import { createPrintingExporter } from "./print-spans.js";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const [modelPath, sequences = "4"] = positionals;
if (modelPath === undefined) {
  console.error("usage: node main.js MODEL.gguf [SEQUENCES] [--json]");
  process.exit(1);
}

// No meter on this machine: the processor's power by its specification, labelled `estimated`.
const cpu = { id: "cpu", model: cpus()[0]?.model, maxWatts: Number(process.env.CPU_WATTS ?? 65) };
const { meter } = meterNamed(process.env.WATTSPAN_METER ?? "auto", { devices: [cpu] });
const devices = meter?.name === "model" ? [cpu] : undefined;
const footprint = startFootprint({
  meter: meter ?? "none",
  ...(devices === undefined ? {} : { devices }),
  zone: process.env.ZONE ?? "FR",
  exporter: process.env.OTEL_EXPORTER_OTLP_ENDPOINT
    ? new OTLPTraceExporter()
    : createPrintingExporter(),
});

const prompts = [
  "A joule is a unit of energy that",
  "The power grid of France is mostly fed by",
  "Large language models answer in two phases. In the first, the whole prompt is read, and",
  "Coal plants emit",
];
const text = "An embedding is a prompt and nothing more.";
const worker = {
  modelPath,
  sequences: Number(sequences),
  devices: devices?.map(({ id }) => id),
  model: basename(modelPath),
};
const done = await withWorker(worker, async (running) => ({
  completions: await completeAll(running, prompts, 48),
  turns: await chat(running, ["Say one.", "Say two."], 12),
  embedding: await embed(running, text),
}));
await footprint.shutdown();

const balances = footprint.balances();
if (values.json) console.log(JSON.stringify({ ...done, balances }));
else {
  for (const { prompt, answer } of done.completions) console.log(`${prompt}…${answer}\n`);
  for (const {
    device,
    meteredJoules,
    attributedJoules,
    idleOpenJoules,
    idleEmptyJoules,
  } of balances) {
    const [metered, attributed, idle] = [
      meteredJoules,
      attributedJoules,
      idleOpenJoules + idleEmptyJoules,
    ].map((joules) => joules.toFixed(2));
    console.log(`${device}: ${metered} J metered, ${attributed} J attributed, ${idle} J idle`);
  }
}
