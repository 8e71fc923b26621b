import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildCollector } from "../services/build-collector.ts";
import { drive, type Load, startMeterFeed } from "./gateway/drive.ts";
import { measureCodec } from "./gateway/measure-codec.ts";
import { measureHeld } from "./gateway/measure-held.ts";
import { createPayload, type Payload, SPANS } from "./gateway/payload.ts";
import { type Sink, startSink } from "./gateway/sink.ts";
import {
  NODES,
  type Subject,
  type SubjectOptions,
  startCollectorProcess,
  startGatewayProcess,
  startProxy,
} from "./gateway/subjects.ts";
import { usageOf } from "./gateway/watch-process.ts";

// Spans per CPU-second, all threads of the process counted: (a) a proxy in Node that forwards bytes, (b) the gateway
// joining everything, (c) the gateway with traces that have no phases, (d) the Collector with five attributes added by
// `transform`. Requests of 1,000 spans of 12 attributes, 3 of 18 spans a request or a phase of one; the same payloads
// over OTLP/HTTP to one backend, in one run, the subjects taking turns. Then what a gateway holds, adds and weighs.
const ROUNDS = 3;
const WARM_UP = 120;
const REQUESTS = 240;

const scratch = mkdtempSync(join(tmpdir(), "wattspan-bench-"));
const sink = await startSink();
const joined = Array.from({ length: NODES }, (_, index) => createPayload(index, true));
const plain = Array.from({ length: NODES }, (_, index) => createPayload(index, false));
const collector = buildCollector();

interface Entry {
  readonly name: string;
  readonly payloads: readonly Payload[];
  readonly isGzip: boolean;
  readonly start: (options: SubjectOptions) => Promise<Subject>;
  readonly hasMeters: boolean;
}

const withCollector = (isGzip: boolean): readonly Entry[] =>
  "path" in collector
    ? [
        {
          name: isGzip ? "d-gzip Collector, gzip on both sides" : "d  Collector, transform",
          payloads: joined,
          isGzip,
          start: (options) => startCollectorProcess(collector.path, options),
          hasMeters: false,
        },
      ]
    : [];

const entries: readonly Entry[] = [
  {
    name: "a  proxy of bytes",
    payloads: joined,
    isGzip: false,
    start: startProxy,
    hasMeters: false,
  },
  {
    name: "b  gateway, joining",
    payloads: joined,
    isGzip: false,
    start: startGatewayProcess,
    hasMeters: true,
  },
  {
    name: "c  gateway, no phases",
    payloads: plain,
    isGzip: false,
    start: startGatewayProcess,
    hasMeters: true,
  },
  ...withCollector(false),
  {
    name: "b-gzip gateway, gzip on both sides",
    payloads: joined,
    isGzip: true,
    start: startGatewayProcess,
    hasMeters: true,
  },
  ...withCollector(true),
];

try {
  if ("missing" in collector) print(`(d) is skipped: ${collector.missing}`);
  const results = await measureThroughput();
  printRatios(results);
  print(
    `codec alone, gunzip and gzip of these bodies: ${thousands(measureCodec(joined))} spans per CPU-second`,
  );
  await measureGateway();
  print(await measureHeld(joined));
} finally {
  sink.shutdown();
  rmSync(scratch, { recursive: true, force: true });
}

/** Spans per CPU-second of each entry, the median of the rounds. */
async function measureThroughput(): Promise<ReadonlyMap<string, number>> {
  const running: { entry: Entry; subject: Subject; rates: number[] }[] = [];
  for (const entry of entries) {
    const { isGzip } = entry;
    const subject = await entry.start({ backendUrl: sink.url, scratch, isGzip });
    running.push({ entry, subject, rates: [] });
  }
  try {
    for (let round = -1; round < ROUNDS; round++) {
      for (const { entry, subject, rates } of running) {
        const requests = round < 0 ? WARM_UP : REQUESTS;
        const rate = await measureRound(sink, entry, subject, requests);
        if (round >= 0) rates.push(rate);
      }
    }
    print("spans per CPU-second: median (least, most); resident now, peak");
    for (const { entry, subject, rates } of running) {
      const { rssBytes, peakRssBytes } = usageOf(subject.pid);
      const sorted = rates.toSorted((x, y) => x - y);
      print(
        `  ${entry.name.padEnd(36)} ${thousands(median(rates))} (${thousands(sorted[0] ?? 0)}, ${thousands(sorted.at(-1) ?? 0)}); ${mebibytes(rssBytes)}, ${mebibytes(peakRssBytes)}`,
      );
    }
    return new Map(
      running.map(({ entry, rates }) => [entry.name.split(" ")[0] ?? "", median(rates)]),
    );
  } finally {
    await Promise.all(running.map(({ subject }) => subject.shutdown()));
  }
}

async function measureRound(
  backend: Sink,
  entry: Entry,
  subject: Subject,
  requests: number,
): Promise<number> {
  const before = backend.spans();
  const stopMeters = entry.hasMeters ? startMeterFeed(subject) : () => undefined;
  const used = usageOf(subject.pid).cpuSeconds;
  const load: Load = { payloads: entry.payloads, isGzip: entry.isGzip, requests };
  await drive(subject, load);
  const deadlineMs = Date.now() + 180_000;
  while (backend.spans() - before < requests * SPANS) {
    if (Date.now() > deadlineMs) throw new Error(`${entry.name}: spans are missing`);
    await sleep(50);
  }
  const cpuSeconds = usageOf(subject.pid).cpuSeconds - used;
  stopMeters();
  const extra = backend.spans() - before - requests * SPANS;
  if (extra > 0) print(`  ${entry.name}: ${extra} spans of its own`);
  return (requests * SPANS) / cpuSeconds;
}

function printRatios(rates: ReadonlyMap<string, number>): void {
  const ratio = (over: string, under: string, goal: number): void => {
    const [x, y] = [rates.get(over), rates.get(under)];
    if (x === undefined || y === undefined) return;
    print(`  ${over} / ${under} = ${(x / y).toFixed(2)} (goal ${goal})`);
  };
  ratio("b", "d", 4);
  ratio("c", "d", 6);
  ratio("b-gzip", "d-gzip", 2);
}

/** Start-up, idle memory, hold time and added latency at a fifth of what one core does. */
async function measureGateway(): Promise<void> {
  const options = { backendUrl: sink.url, scratch, isGzip: false };
  const starts: number[] = [];
  for (let i = 0; i < 5; i++) {
    const subject = await startGatewayProcess(options);
    starts.push(subject.startMs);
    if (i === 0) {
      await sleep(5000);
      print(`idle for 5 s: ${mebibytes(usageOf(subject.pid).rssBytes)} resident (goal 120 MB)`);
    }
    await subject.shutdown();
  }
  print(`start-up: median ${median(starts).toFixed(0)} ms until ready (goal 500 ms)`);
  const [direct, proxied] = [await latencyOf(startGatewayProcess), await latencyOf(startProxy)];
  print(
    `added at 40 requests of 1,000 spans a second: median ${direct.medianMs.toFixed(1)} ms, 99 % ${direct.p99Ms.toFixed(1)} ms; proxy of bytes ${proxied.medianMs.toFixed(1)} and ${proxied.p99Ms.toFixed(1)} ms`,
  );
  if (direct.hold !== undefined) print(`hold time of spans with figures: ${direct.hold}`);
}

async function latencyOf(
  start: (options: SubjectOptions) => Promise<Subject>,
): Promise<{ medianMs: number; p99Ms: number; hold?: string }> {
  const subject = await start({ backendUrl: sink.url, scratch, isGzip: false });
  const stopMeters = subject.adminUrl === undefined ? () => undefined : startMeterFeed(subject);
  const sentMs = new Map<number, number>();
  const delays: number[] = [];
  const payloads = plain.map(
    (payload): Payload => ({
      at(number, nowMs) {
        sentMs.set(number, performance.now());
        return payload.at(number, nowMs);
      },
    }),
  );
  const mark = Buffer.alloc(8, 0xa7);
  sink.onBody = (body) => {
    const at = body.indexOf(mark);
    const sent = at < 4 ? undefined : sentMs.get(body.readUInt32BE(at - 4));
    if (sent !== undefined) delays.push(performance.now() - sent);
  };
  await drive(subject, { payloads: joined, isGzip: false, requests: WARM_UP, perSecond: 40 });
  await drive(subject, { payloads, isGzip: false, requests: 400, perSecond: 40 });
  await sleep(8000);
  const hold = subject.adminUrl === undefined ? undefined : await holdOf(subject.adminUrl);
  stopMeters();
  sink.onBody = undefined;
  await subject.shutdown();
  delays.sort((x, y) => x - y);
  return {
    medianMs: median(delays),
    p99Ms: delays[Math.floor(delays.length * 0.99)] ?? Number.NaN,
    ...(hold === undefined ? {} : { hold }),
  };
}

/** From the gateway's own metrics. */
async function holdOf(adminUrl: string): Promise<string> {
  const page = await (await fetch(`${adminUrl}/metrics`)).text();
  const figureOf = (name: string): number =>
    Number(
      new RegExp(`^footprint_join_delay(?:_seconds)?_${name}\\S* (\\S+)`, "m").exec(page)?.[1],
    );
  return `mean ${(figureOf("sum") / figureOf("count")).toFixed(1)} s after the phase's end, with linger 2s and export_delay 1s`;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function thousands(perSecond: number): string {
  return `${(perSecond / 1000).toFixed(0)} k`;
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
