import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../random.ts";
import { createBatchMaker } from "./make-batch.ts";
import { NODE } from "./make-load.ts";
import { type Answer, startRecordingBackend } from "./record-backend.ts";
import { createSender } from "./send-until-taken.ts";
import { freePorts, startGatewayProcess } from "./start-gateway-process.ts";
import { until } from "./until.ts";

/** What came of a time without a backend. */
export interface OutageReport {
  readonly sentSpans: number;
  /** Spans sent that the backend does not have in the end. */
  readonly missingSpans: number;
  readonly repeatedRequests: number;
  /**
   * Resident memory at the end of the same load, MB: without an outage, where it is that of the open window, with one, and
   * the most of all times.
   */
  readonly residentMb: { readonly without: number; readonly with: number; readonly most: number };
  readonly outageSeconds: number;
  readonly deliverySeconds: number;
  /** Attempts that the backend did not take. */
  readonly refusedAttempts: number;
}

/** An outage may cost this much memory, MB: garbage not yet collected, and the queue to the backend. */
const FLAT_MB = 60;

/** Whether everything arrived and memory stayed flat. */
export function isOutageGood({ sentSpans, missingSpans, residentMb }: OutageReport): boolean {
  return sentSpans > 0 && missingSpans === 0 && residentMb.with - residentMb.without < FLAT_MB;
}

/** Spans a request; requests at a time. */
const BATCH_SPANS = 1000;
const SENDERS = 2;
/** Figures leave and are forgotten soon, so that memory tells of the spool alone. */
const JOIN = { linger: "1s", hold: "2s", max_phase: "5s", keep: "8s", export_delay: "0s" };

/**
 * Sends what `seconds` at 1,000 spans a second bring, as fast as it is taken, to a gateway whose backend answers 503; then the backend answers 429, 503, garbage and silence in between, and takes the rest.
 */
export async function outage(seconds: number, seed: number): Promise<OutageReport> {
  const calm = await run(seconds, TAKEN, TAKEN);
  const down = await run(seconds, () => ({ status: 503 }), awkward(createRandom(seed)));
  const { residentMb: withMb, mostMb: most, ...report } = down;
  return { ...report, residentMb: { without: calm.residentMb, with: withMb, most } };
}

interface Run extends Omit<OutageReport, "residentMb"> {
  readonly residentMb: number;
  readonly mostMb: number;
}

const TAKEN: Answer = () => ({ status: 200 });

/** One run of the load, during which the backend answers so, and after it so. */
async function run(seconds: number, during: Answer, after: Answer): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "wattspan-outage-"));
  const backend = await startRecordingBackend();
  backend.answer = during;
  const { name, device, idleWatts, maxWatts } = NODE;
  const gateway = startGatewayProcess(folder, await freePorts(), {
    exporters: {
      backend: {
        ...{ endpoint: backend.url, compression: "none", timeout: "2s" },
        queue: { max_size: "8MiB" },
      },
    },
    nodes: [{ name, devices: [{ id: device, idle_watts: idleWatts, max_watts: maxWatts }] }],
    workers: [{ match: { "service.name": "worker" }, node: name, devices: [device] }],
    join: JOIN,
    spool: { directory: join(folder, "spool") },
    metrics: { interval: "1h" },
  });
  try {
    await gateway.ready;
    const makeBatch = createBatchMaker(BATCH_SPANS, Date.now() - 10_000);
    const residentMb: number[] = [];
    const startedMs = performance.now();
    let number = 0;
    let sentSpans = 0;
    await Promise.all(
      Array.from({ length: SENDERS }, async () => {
        const sender = createSender(gateway.ports.http);
        while (number < seconds) {
          const { body, spans } = makeBatch(number++);
          await sender.send({ signal: "traces", encoding: "protobuf", body, spanKeys: [] });
          sentSpans += spans;
          residentMb.push(gateway.residentMb());
        }
        sender.close();
      }),
    );
    // What is held leaves within this time.
    await sleep(5000);
    const endedMs = performance.now();
    const late = gateway.residentMb();
    backend.answer = after;
    await until(() => backend.spans.size >= sentSpans, 60_000 + seconds * 1000);
    await sleep(1000);
    return {
      sentSpans,
      missingSpans: sentSpans - backend.spans.size,
      repeatedRequests: backend.counts.repeated,
      residentMb: Math.round(late),
      mostMb: Math.round(Math.max(...residentMb, late, gateway.residentMb())),
      outageSeconds: Math.round((endedMs - startedMs) / 1000),
      deliverySeconds: Math.round((performance.now() - endedMs) / 1000),
      refusedAttempts: backend.counts.tried - backend.counts.taken,
    };
  } finally {
    gateway.kill("SIGKILL");
    await gateway.ended;
    await backend.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One answer in ten is none that a backend should give. */
function awkward(random: () => number): Answer {
  return () => {
    const dice = random();
    if (dice < 0.02) return { status: 429, headers: { "retry-after": "1" } };
    if (dice < 0.04) return { status: 503, body: "\u0000not otlp" };
    if (dice < 0.06) return { status: 200, body: "not protobuf at all" };
    if (dice < 0.08) return { status: 502 };
    return { status: 200 };
  };
}
