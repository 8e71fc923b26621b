import { setTimeout as sleep } from "node:timers/promises";
import {
  createPipeline,
  mergeSummaries,
  type PipelineOptions,
  type Summary,
  type TracedSummary,
} from "@wattspan/gateway";
import { createStaticIntensity } from "@wattspan/sources";
import { defaultPipeline } from "../default-pipeline.ts";
import { metersRequest, requestSpans, sceneDevices, tracesRequest } from "./kafka-traffic.ts";
import type { Collector } from "./start-collector.ts";
import type { Member } from "./start-member.ts";
import type { Sink } from "./start-sink.ts";

/** One set of members. */
export interface SceneSettings {
  readonly name: string;
  readonly sink: Sink;
  readonly holdSeconds: number;
  readonly join?: object;
  readonly topics?: Readonly<Record<string, string>>;
  readonly partitions?: number;
}

/** A node as a configuration file writes it. */
interface SceneNode {
  readonly name: string;
  readonly zone: string | undefined;
  readonly pue: number;
  readonly devices: readonly { id: string; idle_watts: number; max_watts: number }[];
}

const pueOf = (node: string): number => (node === "node-prefill" ? 1.1 : 1.3);

/** Nodes of the scene as configuration files write them. */
export function sceneNodes(): readonly SceneNode[] {
  const names = [...new Set(sceneDevices.map(({ node }) => node))];
  return names.map((name) => ({
    name,
    zone: sceneDevices.find(({ node }) => node === name)?.zone,
    pue: pueOf(name),
    devices: sceneDevices
      .filter(({ node }) => node === name)
      .map(({ id }) => ({ id, idle_watts: 80, max_watts: 700 })),
  }));
}

/** Section `join` of the members. */
export function joinSettings(holdSeconds: number, more: object = {}): object {
  return {
    linger: "2s",
    hold: `${holdSeconds}s`,
    keep: "10m",
    max_phase: "60s",
    export_delay: "1s",
    ...more,
  };
}

/** What the members are told, as one process takes it. */
function pipelineOptions(holdSeconds: number): PipelineOptions {
  return {
    ...defaultPipeline,
    nodes: sceneNodes().map(({ devices, zone = "", ...node }) => ({
      ...node,
      zone,
      aliases: [],
      devices: devices.map(({ id }) => ({ id, idleWatts: 80, maxWatts: 700 })),
    })),
    intensity: createStaticIntensity(),
    join: {
      lingerMs: 2000,
      holdMs: holdSeconds * 1000,
      keepMs: 600_000,
      maxPhaseMs: 60_000,
      exportDelayMs: 1000,
    },
  };
}

interface Body {
  readonly signal: "traces" | "metrics";
  readonly body: Uint8Array;
}

/** Sends requests as they end and meters each second; two of three go through the Collector, the others half each way. */
export async function play(
  { seconds, requestsPerSecond }: { seconds: number; requestsPerSecond: number },
  collector: Collector,
  receiver: Member,
  events: Readonly<Record<number, () => Promise<void>>> = {},
): Promise<{ readonly bodies: readonly Body[]; readonly requests: number }> {
  const bodies: Body[] = [];
  const sinceMs = Date.now() - 10_000;
  let requests = 0;
  const send = async (
    endpoint: string,
    signal: Body["signal"],
    body: Uint8Array,
  ): Promise<void> => {
    bodies.push({ signal, body });
    const answer = await fetch(`${endpoint}/v1/${signal}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  };
  for (let past = 10; past > 0; past--) {
    await send(receiver.endpoint, "metrics", metersRequest(Date.now() - past * 1000, sinceMs));
  }
  const beganMs = Date.now();
  for (let second = 0; second < seconds; second++) {
    const event = events[second]?.();
    for (let i = 0; i < requestsPerSecond; i++) {
      const spans = requestSpans(requests, Date.now());
      const isSplit = requests % 3 === 0;
      requests++;
      if (isSplit) await send(receiver.endpoint, "traces", tracesRequest(spans.slice(2)));
      await send(collector.endpoint, "traces", tracesRequest(isSplit ? spans.slice(0, 2) : spans));
    }
    await send(receiver.endpoint, "metrics", metersRequest(Date.now(), sinceMs));
    await event;
    await sleep(Math.max(0, beganMs + (second + 1) * 1000 - Date.now()));
  }
  await send(receiver.endpoint, "metrics", metersRequest(Date.now(), sinceMs));
  return { bodies, requests };
}

/** The ledger of one process that took the same requests. */
export function singleProcess(bodies: readonly Body[], holdSeconds: number): Summary {
  const nowMs = Date.now();
  const pipeline = createPipeline(
    pipelineOptions(holdSeconds),
    () => true,
    () => nowMs,
  );
  for (const { signal, body } of bodies) pipeline.accept(signal, "json", body);
  pipeline.finish(nowMs + 600_000);
  return pipeline.summary();
}

const levelOf = (page: string, metric: RegExp): readonly number[] =>
  page.split("\n").flatMap((line) => (metric.test(line) ? Number(line.split(" ").at(-1)) : []));

/** Partitions that a member works on now. */
export async function partitionsOf(member: Member, role: "trace" | "device"): Promise<number> {
  const page = await member.metrics();
  return levelOf(page, new RegExp(`^wattspan_kafka_partitions.*${role}`))[0] ?? 0;
}

/** Bytes that the fullest partition holds back. */
export const heldBytesOf = (page: string): number =>
  Math.max(0, ...levelOf(page, /^wattspan_kafka_held_bytes/));

/** The ledger of all members together. */
export async function ledgerOf(members: readonly Member[]): Promise<TracedSummary> {
  return mergeSummaries(await Promise.all(members.map((member) => member.ledger())));
}

/** Everything but corrections: they tell when something was known. */
export function ledgerText({ devices, requests, totals }: TracedSummary): string {
  return JSON.stringify({ devices, requests, totals });
}

/** Waits until the members' ledger is the wanted one, or the time is up. */
export async function settled(
  members: readonly Member[],
  wanted: TracedSummary,
  withinMs: number,
): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (ledgerText(await ledgerOf(members)) !== ledgerText(wanted)) {
    if (Date.now() > untilMs) return;
    await sleep(1000);
  }
}

/** Waits until so many spans came, or the time is up. */
export async function arrived(sink: Sink, count: number, withinMs: number): Promise<void> {
  const untilMs = Date.now() + withinMs;
  while (idsOf(sink).size < count && Date.now() < untilMs) await sleep(500);
}

const idOf = ({ traceId, spanId }: Sink["spans"][number]): string => `${traceId} ${spanId}`;

/** Spans that came, each once. */
export const idsOf = (sink: Sink): ReadonlySet<string> => new Set(sink.spans.map(idOf));

/** Spans that came more than once, and whether every copy says the same. */
export function repeats(sink: Sink): { readonly copies: number; readonly isEqual: boolean } {
  const first = new Map<string, string>();
  let copies = 0;
  let isEqual = true;
  for (const span of sink.spans) {
    const text = JSON.stringify([...span.attributes].map(([key, value]) => [key, String(value)]));
    const known = first.get(idOf(span));
    if (known === undefined) first.set(idOf(span), text);
    else {
      copies++;
      isEqual &&= known === text;
    }
  }
  return { copies, isEqual };
}
