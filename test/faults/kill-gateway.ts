import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createPipeline } from "@wattspan/gateway";
import { attributesOf, createTraceScanner, spanIdOf, traceIdOf } from "@wattspan/otlp";
import { ATTR_FOOTPRINT_ENERGY_ACCELERATOR } from "@wattspan/semconv";
import { defaultPipeline } from "../default-pipeline.ts";
import { createRandom } from "../random.ts";
import { FLEET, makeReading, makeTrace, NODE, type Sent } from "./make-load.ts";
import { type RecordingBackend, startRecordingBackend } from "./record-backend.ts";
import { createSender } from "./send-until-taken.ts";
import { freePorts, type GatewayProcess, startGatewayProcess } from "./start-gateway-process.ts";
import { until } from "./until.ts";

/** What came of a run with kills; every figure is counted at the senders and at the backend. */
export interface KillReport {
  readonly kills: number;
  readonly acknowledgedSpans: number;
  /** Acknowledged spans that the backend does not have. */
  readonly missingSpans: number;
  readonly repeatedRequests: number;
  /** Most requests that can have been in flight to the backend at the kills. */
  readonly inFlightAtKills: number;
  /** Spans that came in requests that are not byte-equal. */
  readonly differingSpans: number;
  readonly phases: number;
  readonly restatements: number;
  /** Phases whose joules are not those of a run without kills. */
  readonly wrongPhases: number;
  readonly joules: number;
  readonly undisturbedJoules: number;
  readonly recoveries: { readonly medianMs: number; readonly worstMs: number };
  /** Lines of the gateway that tell of an error. */
  readonly errors: readonly string[];
}

/** Whether a run with kills came out as it should. */
export function isKillGood(report: KillReport): boolean {
  const { missingSpans, differingSpans, wrongPhases, repeatedRequests, inFlightAtKills } = report;
  const isWhole = missingSpans === 0 && differingSpans === 0 && wrongPhases === 0;
  return isWhole && report.phases > 0 && repeatedRequests <= inFlightAtKills;
}

const FRONT_SENDERS = 3;
const WORKER_SENDERS = 3;
const CONCURRENCY = 4;
const TRACE_EVERY_MS = 12;
const READ_EVERY_MS = 250;
/** Senders make nothing new while so many requests of a kind wait: what comes is never much older than an outage. */
const MAX_WAITING = 12;
const JOIN = { linger: "12s", hold: "60s", max_phase: "60s", keep: "5m", export_delay: "1s" };

/** Runs a gateway with a spool under load, kills it `kills` times at moments of chance, and looks at what arrived. */
export async function killGateway(
  kills: number,
  seed: number,
  print: (line: string) => void,
): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-kill-"));
  const backend = await startRecordingBackend();
  const random = createRandom(seed);
  backend.delayMs = () => random() * 5;
  const ports = await freePorts();
  const start = (): GatewayProcess =>
    startGatewayProcess(folder, ports, settingsOf(backend, folder));
  let gateway = start();
  await gateway.ready;
  const load = startLoad(ports.http);
  const errors: string[] = [];
  const recoveryMs: number[] = [];
  let inFlightAtKills = 0;
  try {
    for (let kill = 0; kill < kills; kill++) {
      await sleep(50 + random() * 1200);
      inFlightAtKills += CONCURRENCY;
      gateway.kill("SIGKILL");
      await gateway.ended;
      errors.push(...gateway.lines().filter((line) => / ERROR /.test(line)));
      const killedMs = performance.now();
      gateway = start();
      await gateway.ready;
      recoveryMs.push(performance.now() - killedMs);
      if ((kill + 1) % 10 === 0) print(`${kill + 1} kills, ${backend.spans.size} spans arrived`);
    }
    const sent = await load.stop();
    const wanted = new Set(sent.flatMap(({ spanKeys }) => spanKeys));
    await until(() => [...wanted].every((key) => backend.spans.has(key)), 60_000);
    // What waits to be sent twice would be by now.
    await sleep(1500);
    errors.push(...gateway.lines().filter((line) => / ERROR /.test(line)));
    const undisturbed = undisturbedJoules(sent);
    return {
      ...{ kills, inFlightAtKills, errors },
      ...judge(backend, wanted, undisturbed),
      repeatedRequests: backend.counts.repeated,
      recoveries: {
        medianMs: Math.round(recoveryMs.sort((a, b) => a - b)[recoveryMs.length >> 1] ?? 0),
        worstMs: Math.round(recoveryMs.at(-1) ?? 0),
      },
    };
  } finally {
    gateway.kill("SIGKILL");
    await gateway.ended;
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function settingsOf(backend: RecordingBackend, folder: string): object {
  const { name, device, idleWatts, maxWatts } = NODE;
  return {
    exporters: { backend: { endpoint: backend.url, compression: "none" } },
    nodes: [{ name, devices: [{ id: device, idle_watts: idleWatts, max_watts: maxWatts }] }],
    workers: [{ match: { "service.name": "worker" }, node: name, devices: [device] }],
    join: JOIN,
    spool: { directory: join(folder, "spool") },
    metrics: { interval: "1h" },
  };
}

interface Load {
  /** Makes no more; gives every request in the order of their acknowledgement once all are. */
  stop(): Promise<readonly Sent[]>;
}

function startLoad(port: number): Load {
  const queues: { readonly front: Sent[]; readonly worker: Sent[]; readonly meter: Sent[] } = {
    ...{ front: [], worker: [], meter: [] },
  };
  const taken: Sent[] = [];
  let number = 0;
  let isOver = false;
  const makeTraces = setInterval(() => {
    if (Math.max(queues.front.length, queues.worker.length) >= MAX_WAITING) return;
    const [front, worker] = makeTrace(number, Date.now(), number % 3 === 0 ? "json" : "protobuf");
    number++;
    queues.front.push(front);
    queues.worker.push(worker);
  }, TRACE_EVERY_MS);
  const makeReadings = setInterval(() => {
    if (queues.meter.length < MAX_WAITING) queues.meter.push(makeReading(Date.now(), "protobuf"));
  }, READ_EVERY_MS);
  const kinds = [
    ...Array.from({ length: FRONT_SENDERS }, () => queues.front),
    ...Array.from({ length: WORKER_SENDERS }, () => queues.worker),
    queues.meter,
  ];
  const senders = kinds.map((queue) => ({ queue, sender: createSender(port) }));
  const working = senders.map(async ({ queue, sender }) => {
    while (!isOver || queue.length > 0) {
      const next = queue.shift();
      if (next === undefined) await sleep(2);
      else {
        await sender.send(next);
        taken.push(next);
      }
    }
    sender.close();
  });
  return {
    async stop() {
      clearInterval(makeTraces);
      // The last phases need a reading after their end.
      await sleep(2 * READ_EVERY_MS);
      clearInterval(makeReadings);
      isOver = true;
      await Promise.all(working);
      return taken;
    },
  };
}

/** Joules by phase span in a pipeline of the same settings that nothing disturbs. */
function undisturbedJoules(sent: readonly Sent[]): ReadonlyMap<string, number> {
  const joules = new Map<string, number>();
  const scanner = createTraceScanner({ names: [], keys: [] });
  const pipeline = createPipeline(
    {
      ...defaultPipeline,
      ...FLEET,
      join: {
        ...{ lingerMs: 12_000, holdMs: 60_000, maxPhaseMs: 60_000 },
        ...{ keepMs: 3_600_000, exportDelayMs: 1000 },
      },
    },
    (signal, encoding, body) => {
      if (signal !== "traces") return true;
      const table = scanner.scan(body, encoding);
      for (let i = 0; i < table.count; i++) {
        const figure = attributesOf(table, i).get(ATTR_FOOTPRINT_ENERGY_ACCELERATOR);
        const key = `${traceIdOf(table, i)} ${spanIdOf(table, i)}`;
        if (typeof figure === "number") joules.set(key, figure);
      }
      return true;
    },
    Date.now,
  );
  for (const { signal, encoding, body } of sent) pipeline.accept(signal, encoding, body);
  pipeline.finish(Date.now());
  return joules;
}

function judge(
  { spans }: RecordingBackend,
  wanted: ReadonlySet<string>,
  undisturbed: ReadonlyMap<string, number>,
): Pick<
  KillReport,
  | "acknowledgedSpans"
  | "missingSpans"
  | "differingSpans"
  | "phases"
  | "restatements"
  | "wrongPhases"
  | "joules"
  | "undisturbedJoules"
> {
  const told = new Map<string, number>();
  let restatements = 0;
  for (const [key, { name, parentId, attributes }] of spans) {
    const figure = attributes.get(ATTR_FOOTPRINT_ENERGY_ACCELERATOR);
    if (typeof figure !== "number") continue;
    const of = name === "restatement" ? parentId : key;
    if (name === "restatement") restatements++;
    told.set(of, (told.get(of) ?? 0) + figure);
  }
  const sum = (values: Iterable<number>): number => [...values].reduce((all, one) => all + one, 0);
  return {
    acknowledgedSpans: wanted.size,
    missingSpans: [...wanted].filter((key) => !spans.has(key)).length,
    differingSpans: [...spans.values()].filter(({ requests }) => requests.size > 1).length,
    phases: undisturbed.size,
    restatements,
    wrongPhases: [...undisturbed].filter(([key, joules]) => told.get(key) !== joules).length,
    joules: sum([...undisturbed.keys()].map((key) => told.get(key) ?? Number.NaN)),
    undisturbedJoules: sum(undisturbed.values()),
  };
}
