import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Attributes } from "@opentelemetry/api";
import type { SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { createDropExporter, createHttpExporter } from "./exporters.ts";
import { createBareRequests, createMarkedRequests, type StartRequest } from "./requests.ts";
import { type Load, runWorker } from "./run-worker.ts";
import { createFootprints, createPlain, type Worker } from "./workers.ts";

const ROLE = "worker";
const WARM: Load = { perSecond: 200, seconds: 30 };
const WARM_RUNS = 4;

/** How a worker is set up. */
export interface WorkerSetup {
  readonly kind: "plain" | "footprints" | "minimal footprints";
  /** `bare`: spans that say the least, written and dropped; `deployed`: those of `startInference`, sent to `url`. */
  readonly reading: "bare" | "deployed";
  readonly url: string;
  /** What is put on spans besides, by the first word of their name. */
  readonly besides?: readonly (readonly [string, Attributes])[];
}

/** CPU microseconds of a load, and of the loop that plays it without a request. */
interface Cost {
  readonly loadMicros: number;
  readonly loopMicros: number;
}

/** A worker in a process of its own: code that has seen one kind of worker only is as fast as in a user's process. */
export interface WorkerProcess {
  run(load: Load): Promise<Cost>;
  stop(): Promise<void>;
}

/** Starts a worker and runs it until its code is warm. */
export async function startWorkerProcess(setup: WorkerSetup): Promise<WorkerProcess> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), [ROLE, JSON.stringify(setup)]);
  await once(child, "message");
  return {
    async run(load) {
      child.send(load);
      const [cost] = await once(child, "message");
      return cost as Cost;
    },
    async stop() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

/** The requests of a reading. */
export function requestsOf(
  reading: WorkerSetup["reading"],
): (provider: TracerProvider) => StartRequest {
  return reading === "bare" ? createBareRequests : createMarkedRequests;
}

function createWorker({ kind, besides }: WorkerSetup, exporter: SpanExporter): Worker {
  if (kind === "plain") return createPlain(exporter, besides && new Map(besides));
  return createFootprints(exporter, { attributes: kind === "footprints" ? "standard" : "minimal" });
}

async function serve(setup: WorkerSetup): Promise<void> {
  const requests = requestsOf(setup.reading);
  const createExporter = (): SpanExporter =>
    setup.reading === "bare" ? createDropExporter() : createHttpExporter(setup.url);
  const create = (): Worker => createWorker(setup, createExporter());
  const idle = (): Worker => createPlain(createHttpExporter(setup.url));
  for (let i = 0; i < WARM_RUNS; i++) await runWorker(create, requests, WARM);
  process.on("message", async (load: Load) => {
    const loadMicros = await runWorker(create, requests, load);
    const loopMicros = await runWorker(idle, requests, { ...load, perSecond: 0 });
    process.send?.({ loadMicros, loopMicros } satisfies Cost);
  });
  process.on("disconnect", () => process.exit());
  process.send?.("warm");
}

if (process.argv[2] === ROLE) await serve(JSON.parse(process.argv[3] as string) as WorkerSetup);
