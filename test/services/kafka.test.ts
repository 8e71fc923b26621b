import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  createPipeline,
  mergeSummaries,
  type PipelineOptions,
  type Summary,
} from "@wattspan/gateway";
import { createStaticIntensity } from "@wattspan/sources";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCollector } from "./build-collector.ts";
import { installKafka } from "./install-kafka.ts";
import {
  metersRequest,
  requestSpans,
  SPANS_PER_REQUEST,
  sceneDevices,
  tracesRequest,
} from "./kafka-traffic.ts";
import { type Collector, startCollector } from "./start-collector.ts";
import { type Kafka, startKafka } from "./start-kafka.ts";
import { type Member, startMember } from "./start-member.ts";
import { type Sink, startSink } from "./start-sink.ts";

const jars = installKafka();
const binary = buildCollector();
const missing = [jars, binary].flatMap((service) =>
  "missing" in service ? [service.missing] : [],
);
const partitions = 3;

describe.skipIf(missing.length > 0)(
  `gateways on Kafka behind a Collector${missing.length > 0 ? ` (skipped: ${missing.join("; ")})` : ""}`,
  () => {
    let scratch: string;
    let kafka: Kafka;
    const open: { shutdown(): Promise<unknown> }[] = [];
    const keep = <T extends { shutdown(): Promise<unknown> }>(service: T): T => {
      open.push(service);
      return service;
    };

    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), "wattspan-kafka-"));
      kafka = await startKafka("jars" in jars ? jars.jars : "", scratch);
    });

    afterAll(async () => {
      await Promise.all(open.map((service) => service.shutdown()));
      await kafka?.shutdown();
      rmSync(scratch, { recursive: true, force: true });
    });

    it("say the same ledger as one process, byte for byte, though members are killed", async () => {
      const sink = keep(await startSink());
      const settings = { name: "killed", sink, holdSeconds: 40 };
      const start = (role: string, number = 1) => startScene(role, number, settings);
      const receiver = keep(await start("receive"));
      const members = await Promise.all(
        ["trace", "device"].flatMap((role) => [start(role, 1), start(role, 2)]),
      );
      for (const member of members) keep(member);
      const [killedTrace, trace, killedDevice, device] = members as [
        Member,
        Member,
        Member,
        Member,
      ];
      const collector = keep(await collect("killed"));
      for (const [member, role] of [
        [killedTrace, "trace"],
        [killedDevice, "device"],
      ] as const) {
        expect(await partitionsOf(member, role)).toBeGreaterThan(0);
      }

      const played = await play({ seconds: 24, requestsPerSecond: 20 }, collector, receiver, {
        8: () => killedTrace.kill(),
        13: () => killedDevice.kill(),
      });
      const wanted = singleProcess(played.bodies, settings.holdSeconds);
      const alive = [receiver, trace, device];
      await settled(alive, wanted, 90_000);
      await arrived(sink, played.requests * SPANS_PER_REQUEST, 30_000);

      expect(ledgerText(await ledgerOf(alive))).toBe(ledgerText(wanted));
      expect(wanted.requests).toHaveLength(played.requests);
      expect(wanted.requests.every(({ status }) => status === "measured")).toBe(true);
      const { copies, isEqual } = repeats(sink);
      process.stdout.write(
        `killed: ${played.requests} requests, ${sink.spans.length} spans, ${copies} came twice\n`,
      );
      expect(await partitionsOf(trace, "trace")).toBe(partitions);
      expect(await partitionsOf(device, "device")).toBe(partitions);
      expect(isEqual).toBe(true);
      expect(idsOf(sink).size).toBe(played.requests * SPANS_PER_REQUEST);
      const totals = sink.spans.filter(({ attributes }) =>
        attributes.has("footprint.request.energy"),
      );
      expect(new Set(totals.map(({ traceId }) => traceId)).size).toBe(played.requests);
    }, 300_000);

    it("never waits where memory holds a tenth of the traffic: the oldest leave, and are corrected", async () => {
      const sink = keep(await startSink());
      // The spans that are held have 240 kB in all.
      const limit = 16_000;
      const join = { max_held_size: `${limit}B`, hold: "12s" };
      const settings = { name: "full", sink, holdSeconds: 12, join };
      const member = keep(await startScene("receive+trace+device", 1, settings));
      const collector = keep(await collect("full"));
      let most = 0;
      const watch = setInterval(async () => {
        const held = await member.metrics().then(heldBytesOf, () => 0);
        most = Math.max(most, held);
      }, 200);
      const played = await play({ seconds: 12, requestsPerSecond: 40 }, collector, member);
      const wanted = singleProcess(played.bodies, 12);
      await settled([member], wanted, 60_000);
      await arrived(sink, played.requests * SPANS_PER_REQUEST, 30_000);
      // Corrections leave a hold after what they correct.
      await sleep(20_000);
      clearInterval(watch);

      expect(ledgerText(await ledgerOf([member]))).toBe(ledgerText(wanted));
      const left = sink.spans.filter(({ name }) => name !== "restatement");
      expect(left).toHaveLength(played.requests * SPANS_PER_REQUEST);
      const early = left.filter(
        ({ attributes }) => attributes.get("footprint.attribution.reason") === "not_settled",
      );
      process.stdout.write(
        `full: ${early.length} of ${2 * played.requests} phases left early, most held ${most} bytes a partition
`,
      );
      expect(early.length).toBeGreaterThan(played.requests);
      expect(most).toBeGreaterThan(0);
      expect(most).toBeLessThan((2 * limit) / partitions);
      for (const { traceId, phases } of wanted.requests) {
        const told = sink.spans.filter((span) => span.traceId === traceId);
        const sum = told.reduce(
          (joules, { attributes }) =>
            joules + Number(attributes.get("footprint.energy.accelerator") ?? 0),
          0,
        );
        const meant = phases.reduce((joules, { energyJoules = 0 }) => joules + energyJoules, 0);
        expect(Math.abs(sum - meant)).toBeLessThan(0.002 + 0.002 * meant);
      }
    }, 200_000);

    function collect(name: string): Promise<Collector> {
      return startCollector("path" in binary ? binary.path : "", {
        broker: kafka.broker,
        topic: `${name}_spans`,
        scratch,
      });
    }

    /** A member with one role; topics and groups are the scene's own. */
    function startScene(
      role: string,
      number: number,
      { name, sink, holdSeconds, join: more }: SceneSettings,
    ): Promise<Member> {
      return startMember(`${name}-${role}-${number}`, scratch, {
        nodes: sceneNodes(),
        join: joinSettings(holdSeconds, more),
        exporters: { sink: { endpoint: sink.endpoint, compression: "none" } },
        kafka: {
          brokers: [kafka.broker],
          roles: role.split("+"),
          group: name,
          topics: Object.fromEntries(
            ["spans", "phases", "readings", "energies", "journal"].map((topic) => [
              topic,
              `${name}_${topic}`,
            ]),
          ),
          partitions,
        },
        dimensions: {},
      });
    }
  },
);

interface SceneSettings {
  readonly name: string;
  readonly sink: Sink;
  readonly holdSeconds: number;
  readonly join?: object;
}

const pueOf = (node: string): number => (node === "node-prefill" ? 1.1 : 1.3);

function sceneNodes() {
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

function joinSettings(holdSeconds: number, more: object = {}) {
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
    nodes: sceneNodes().map(({ devices, zone = "", ...node }) => ({
      ...node,
      zone,
      aliases: [],
      devices: devices.map(({ id }) => ({ id, idleWatts: 80, maxWatts: 700 })),
    })),
    workers: [],
    intensity: createStaticIntensity(),
    join: {
      lingerMs: 2000,
      holdMs: holdSeconds * 1000,
      keepMs: 600_000,
      maxPhaseMs: 60_000,
      exportDelayMs: 1000,
    },
    attribution: { weights: "priced", decodeTokenPrice: 8 },
    meters: {
      maxCounterGapMs: 600_000,
      maxPowerGapMs: 120_000,
      gainError: 0.05,
      maxClockSkewMs: 0,
    },
    attributes: "standard",
    dimensions: new Map(),
  };
}

interface Body {
  readonly signal: "traces" | "metrics";
  readonly body: Uint8Array;
}

/** Sends requests as they end and meters each second; two of three go through the Collector, the others half each way. */
async function play(
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

function singleProcess(bodies: readonly Body[], holdSeconds: number): Summary {
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

async function partitionsOf(member: Member, role: "trace" | "device"): Promise<number> {
  const page = await member.metrics();
  return levelOf(page, new RegExp(`^wattspan_kafka_partitions.*${role}`))[0] ?? 0;
}

/** Bytes that the fullest partition holds back. */
const heldBytesOf = (page: string): number =>
  Math.max(0, ...levelOf(page, /^wattspan_kafka_held_bytes/));

async function ledgerOf(members: readonly Member[]): Promise<Summary> {
  return mergeSummaries(await Promise.all(members.map((member) => member.ledger())));
}

/** Everything but corrections: they tell when something was known. */
function ledgerText({ devices, requests, totals }: Summary): string {
  return JSON.stringify({ devices, requests, totals });
}

/** Waits until the members' ledger is the wanted one, or the time is up. */
async function settled(members: readonly Member[], wanted: Summary, withinMs: number) {
  const untilMs = Date.now() + withinMs;
  while (ledgerText(await ledgerOf(members)) !== ledgerText(wanted)) {
    if (Date.now() > untilMs) return;
    await sleep(1000);
  }
}

async function arrived(sink: Sink, count: number, withinMs: number) {
  const untilMs = Date.now() + withinMs;
  while (idsOf(sink).size < count && Date.now() < untilMs) await sleep(500);
}

const idOf = ({ traceId, spanId }: Sink["spans"][number]): string => `${traceId} ${spanId}`;

const idsOf = (sink: Sink): ReadonlySet<string> => new Set(sink.spans.map(idOf));

/** Spans that came more than once, and whether every copy says the same. */
function repeats(sink: Sink): { readonly copies: number; readonly isEqual: boolean } {
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
