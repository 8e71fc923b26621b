import { cpus } from "node:os";
import { basename } from "node:path";
import { startFootprint } from "@wattspan/sdk";
import { autoMeter, createModelMeter } from "@wattspan/sources";
import { completeAll, withWorker } from "./generate.js";

const [modelPath, sequenceCount = "4"] = process.argv.slice(2);
if (modelPath === undefined) {
  console.error("usage: node main.js MODEL.gguf [SEQUENCES]");
  process.exit(1);
}

// No meter on this machine: the processor's power by its specification, labelled `estimated`.
const maxWatts = Number(process.env.CPU_WATTS ?? 65);
const cpu = { id: "cpu", model: cpus()[0]?.model, maxWatts };
const meter = autoMeter().meter ?? createModelMeter({ devices: [cpu] });
const devices = meter.name === "model" ? [cpu] : undefined;
const footprint = startFootprint({
  meter,
  ...(devices === undefined ? {} : { devices }),
  zone: process.env.ZONE ?? "FR",
  ...(process.env.OTEL_EXPORTER_OTLP_ENDPOINT ? {} : { exporter: consoleExporter() }),
});

const prompts = [
  "A joule is a unit of energy that",
  "The power grid of France is mostly fed by",
  "Large language models answer in two phases. In the first, the whole prompt is read, and",
  "Coal plants emit",
];
const sequences = Number(sequenceCount);
await withWorker(
  { modelPath, sequences, devices: devices?.map(({ id }) => id), model: basename(modelPath) },
  async (worker) => {
    const asked = worker.sequences.map((_, i) => prompts[i % prompts.length]);
    const answers = await completeAll(worker, asked, 48);
    for (const [i, answer] of answers.entries()) console.log(`${asked[i]}…${answer}\n`);
  },
);
await footprint.shutdown();

/** One line for each phase and request. */
function consoleExporter() {
  return {
    export(spans, done) {
      for (const { name, attributes: has } of spans) {
        const joules = has["footprint.energy.total"] ?? has["footprint.request.energy"];
        const grams = has["footprint.carbon.total"] ?? has["footprint.request.carbon"];
        const tokens = has["footprint.inference.processed_tokens"] ?? "";
        const figures = [joules?.toFixed(2), "J", grams?.toFixed(6), "g CO2e", tokens].join(" ");
        console.log(name, figures, has["footprint.measurement.status"] ?? "");
      }
      done({ code: 0 });
    },
    forceFlush: async () => {},
    shutdown: async () => {},
  };
}
