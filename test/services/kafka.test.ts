import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildCollector } from "./build-collector.ts";
import { installKafka } from "./install-kafka.ts";
import {
  arrived,
  heldBytesOf,
  idsOf,
  joinSettings,
  ledgerOf,
  ledgerText,
  partitionsOf,
  play,
  repeats,
  type SceneSettings,
  sceneNodes,
  settled,
  singleProcess,
} from "./kafka-scene.ts";
import { SPANS_PER_REQUEST } from "./kafka-traffic.ts";
import { type Collector, startCollector } from "./start-collector.ts";
import { type Kafka, startKafka } from "./start-kafka.ts";
import { type Member, startMember } from "./start-member.ts";
import { waitUntil } from "./start-process.ts";
import { startSink } from "./start-sink.ts";

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
        const hasWork = async (): Promise<boolean> => (await partitionsOf(member, role)) > 0;
        await waitUntil(hasWork, { processes: [], timeoutMs: 30_000 });
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

    it("says at the start which topics do not go together", async () => {
      const sink = keep(await startSink());
      const settings = { name: "odd", sink, holdSeconds: 12 };
      await (await startScene("receive", 1, { ...settings, partitions: 2 })).shutdown();
      const others = { spans: "full_spans", energies: "odd_energies", journal: "full_journal" };
      await expect(startScene("trace", 2, { ...settings, topics: others })).rejects.toThrow(
        "kafka.topics.energies: odd_energies has 2 partitions, full_spans has 3: give both the same number",
      );
    });

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
      {
        name,
        sink,
        holdSeconds,
        join: more,
        topics = {},
        partitions: count = partitions,
      }: SceneSettings,
    ): Promise<Member> {
      return startMember(`${name}-${role}-${number}`, scratch, {
        nodes: sceneNodes(),
        join: joinSettings(holdSeconds, more),
        exporters: { sink: { endpoint: sink.endpoint, compression: "none" } },
        kafka: {
          brokers: [kafka.broker],
          roles: role.split("+"),
          group: name,
          topics: {
            ...Object.fromEntries(
              ["spans", "phases", "readings", "energies", "journal"].map((topic) => [
                topic,
                `${name}_${topic}`,
              ]),
            ),
            ...topics,
          },
          partitions: count,
        },
        dimensions: {},
      });
    }
  },
);
