import { randomBytes } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createLog, type Gateway, startGateway } from "@wattspan/gateway";
import {
  attributeOf,
  createTraceScanner,
  endUnixNanoOf,
  resourceAttributesOf,
  startUnixNanoOf,
} from "@wattspan/otlp";
import { nameExporters } from "../config/otlp-environment.ts";
import { demoPipeline } from "../demo/demo-pipeline.ts";
import { freshenRecording, spanOf } from "../demo/freshen-recording.ts";
import { createGrpcSender, type GrpcSender } from "../demo/send-grpc.ts";
import {
  type BusyWindow,
  H100_DECODE,
  H100_PREFILL,
  simulateMeter,
} from "../demo/simulate-meter.ts";
import { printSummary, requestLine } from "./print-summary.ts";
import type { Streams } from "./streams.ts";
import { untilStopped } from "./until-stopped.ts";

const RECORDING = new URL("../../recording/", import.meta.url);
const USAGE = "usage: wattspan demo [--json]\n";

/**
 * `wattspan demo`: plays a recording of NVIDIA Dynamo over OTLP/gRPC into a gateway, with two simulated nodes, until
 * Ctrl-C; with `--json` once, then prints the summary. 0, 1 failed, 2 usage.
 */
export async function runDemo(args: readonly string[], streams: Streams): Promise<number> {
  let isOnce: boolean;
  try {
    const { values } = parseArgs({ args: [...args], options: { json: { type: "boolean" } } });
    isOnce = values.json ?? false;
  } catch (error) {
    streams.stderr(`${(error as Error).message}\n${USAGE}`);
    return 2;
  }
  const bodies = await readBodies();
  const hasBackend = Boolean(
    streams.env["OTEL_EXPORTER_OTLP_ENDPOINT"] ?? streams.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"],
  );
  const gateway = await startGateway({
    pipeline: demoPipeline(),
    grpc: { host: "127.0.0.1", port: 0 },
    exporters: new Map(
      hasBackend ? Object.entries(nameExporters({}, streams.env).exporters ?? {}) : [],
    ),
    log: createLog({ write: streams.stderr, level: "warn" }),
    observer: isOnce ? {} : { onRequest: (request) => streams.stdout(`${requestLine(request)}\n`) },
  });
  const sender = createGrpcSender(gateway.addresses.grpc?.port ?? 0);
  try {
    if (isOnce) await play(bodies, gateway, sender);
    else await playUntilStopped(bodies, gateway, sender, streams);
  } finally {
    sender.shutdown();
    await gateway.shutdown();
  }
  const summary = gateway.pipeline.summary();
  if (isOnce) streams.stdout(`${JSON.stringify(summary)}\n`);
  else printSummary({ ...summary, requests: [] }, streams.stdout);
  return 0;
}

async function playUntilStopped(
  bodies: readonly Uint8Array[],
  gateway: Gateway,
  sender: GrpcSender,
  streams: Streams,
): Promise<void> {
  streams.stdout(
    "wattspan demo: a recording of NVIDIA Dynamo, prefill in FR, decode in PL; meters are simulated, so figures are estimated. Ctrl-C ends it.\n",
  );
  let isStopped = false;
  const stopped = untilStopped().then(() => {
    isStopped = true;
  });
  while (!isStopped) {
    await play(bodies, gateway, sender);
    await Promise.race([stopped, sleep(5000, undefined, { ref: false })]);
  }
}

async function readBodies(): Promise<Uint8Array[]> {
  const names = (await readdir(RECORDING)).filter((name) => name.endsWith(".pb")).sort();
  return Promise.all(names.map((name) => readFile(new URL(name, RECORDING))));
}

/** One pass of the recording, ending now, with fresh ids; meters first, so that every window is read. */
async function play(
  bodies: readonly Uint8Array[],
  { pipeline }: Gateway,
  sender: GrpcSender,
): Promise<void> {
  const recorded = spanOf(bodies);
  const shiftNs = BigInt(Date.now()) * 1_000_000n - recorded.endUnixNano - 500_000_000n;
  const salt = randomBytes(16);
  const fresh = bodies.map((body) => freshenRecording(body, salt, shiftNs));
  const busy = busyWindows(fresh);
  const span = {
    startUnixNano: recorded.startUnixNano + shiftNs - 500_000_000n,
    endUnixNano: recorded.endUnixNano + shiftNs + 500_000_000n,
  };
  for (let gpu = 0; gpu < 4; gpu++) {
    const prefill = busy.get("dynamo-worker-prefill") ?? [];
    const decode = busy.get("dynamo-worker-decode") ?? [];
    pipeline.addReadings(simulateMeter(`node-prefill/GPU-p${gpu}`, H100_PREFILL, prefill, span));
    pipeline.addReadings(simulateMeter(`node-decode/GPU-d${gpu}`, H100_DECODE, decode, span));
  }
  for (const body of fresh) await sender.send(body);
}

const scanner = createTraceScanner({ names: ["handle_payload"], keys: ["request_id"] });

/** When each worker handled requests, by its service name. */
function busyWindows(bodies: readonly Uint8Array[]): Map<string, BusyWindow[]> {
  const busy = new Map<string, BusyWindow[]>();
  for (const body of bodies) {
    const table = scanner.scan(body, "protobuf");
    for (let i = 0; i < table.count; i++) {
      if (table.nameIndex[i] !== 0 || attributeOf(table, i, "request_id") === undefined) continue;
      const service = String(resourceAttributesOf(table, i).get("service.name"));
      const windows = busy.get(service) ?? [];
      busy.set(service, windows);
      windows.push({
        startUnixNano: startUnixNanoOf(table, i),
        endUnixNano: endUnixNanoOf(table, i),
      });
    }
  }
  return busy;
}
