import type { DeviceBalance } from "@wattspan/footprint";
import { createSampling, type SeenFractions } from "../device/sampling.ts";
import { createIdleWatch } from "../device/watch-idle.ts";
import type { Log } from "../log.ts";
import type { Pipeline, PipelineObserver } from "../pipeline.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { Accept } from "../receive/accept.ts";
import type { EmitSettled } from "../send/fan-out.ts";
import { type Summary, summarize } from "../summarize.ts";
import type { Telemetry } from "../telemetry.ts";
import { reportPlacement } from "../trace/report-placement.ts";
import type { TraceRecord } from "../trace/trace-record.ts";
import { checkTopics } from "./check-topics.ts";
import { connectKafka } from "./connect-kafka.ts";
import { createDeviceWorker, type DeviceWorker } from "./device-worker.ts";
import type { KafkaOptions } from "./kafka-options.ts";
import { observeKafka } from "./observe-kafka.ts";
import { COUNTS_UNREAD, createReceiveRole } from "./receive-role.ts";
import { type Role, startRole } from "./start-role.ts";
import { createTopicWriter } from "./topic-writer.ts";
import { createTraceWorker, type TraceWorker } from "./trace-worker.ts";

/**
 * A pipeline whose stages are consumer groups: this process knows its own partitions only. Nodes stay as they were at
 * the start, counts of engines are left out and counted so, and pods' devices are not known.
 */
export interface KafkaPipeline extends Omit<Pipeline, "accept" | "renew"> {
  readonly accept: Accept;
  /** Leaves the groups; what is held is others' to send. */
  shutdown(): Promise<void>;
}

/** What the pipeline needs beside its options. */
export interface KafkaPipelineOptions {
  readonly pipeline: PipelineOptions;
  readonly kafka: KafkaOptions;
  readonly emit: EmitSettled;
  readonly observer: PipelineObserver;
  readonly telemetry: Telemetry;
  readonly log: Log;
}

/** Connects, checks the topics and starts the roles. Throws where a broker or a topic is not as it has to be. */
export async function createKafkaPipeline(options: KafkaPipelineOptions): Promise<KafkaPipeline> {
  const { pipeline, kafka, emit, observer, telemetry, log } = options;
  const { topics, group, roles } = kafka;
  const connection = await connectKafka(kafka, log);
  try {
    const counts = await checkTopics(connection.admin, kafka);
    const topicWriter = createTopicWriter(connection.producer, log);
    const idleWatch = createIdleWatch(pipeline.meters);
    const onUnreadable = (topic: string, error: Error): void => {
      telemetry.unreadPoints.add({ reason: "unreadable_record" });
      log.error("a record cannot be read", { about: topic, error: error.message });
    };
    const onUnread = (reason: string, count: number): void => observer.onUnread?.(reason, count);
    const receive = createReceiveRole({ pipeline, topics, counts, topicWriter, emit, onUnread });
    const traces: Role<TraceWorker> | undefined = roles.has("trace")
      ? await startRole({
          connection,
          groupId: `${group}-trace`,
          topics: { spans: topics.spans, energies: topics.energies, journal: topics.journal },
          log,
          createWorker: (partition, starts) =>
            createTraceWorker({
              pipeline: withShareOfMemory(pipeline, counts.spans),
              topics,
              partition,
              devicePartitions: counts.devices,
              starts,
              topicWriter,
              deliver: (encoding, body, onSettled) =>
                emit("traces", encoding, body, undefined, onSettled),
              observer: {
                ...observer,
                onUnreadable,
                onRejected: (reasons) =>
                  telemetry.droppedItems.add(
                    { signal: "traces", reason: "malformed" },
                    reasons.length,
                  ),
              },
            }),
        })
      : undefined;
    const devices: Role<DeviceWorker> | undefined = roles.has("device")
      ? await startRole({
          connection,
          groupId: `${group}-device`,
          topics: { phases: topics.phases, readings: topics.readings },
          log,
          createWorker: (partition, starts) =>
            createDeviceWorker({
              pipeline,
              topics,
              partition,
              partitions: counts,
              starts,
              topicWriter,
              observer: {
                onUnread,
                onUnreadable,
                onReadings: (readings) => idleWatch.add(readings),
              },
            }),
        })
      : undefined;
    observeKafka(telemetry, traces, devices);
    return pipelineOver({
      ...options,
      receive,
      traces,
      devices,
      idleWatch,
      async shutdown() {
        await Promise.all([traces?.shutdown(), devices?.shutdown()]);
        await topicWriter.safe();
        await connection.shutdown();
      },
    });
  } catch (error) {
    await connection.shutdown();
    throw error;
  }
}

/** One process may come to work on every partition. */
function withShareOfMemory(pipeline: PipelineOptions, partitions: number): PipelineOptions {
  const { maxHeldBytes } = pipeline.join;
  if (maxHeldBytes === undefined) return pipeline;
  return { ...pipeline, join: { ...pipeline.join, maxHeldBytes: maxHeldBytes / partitions } };
}

interface Parts extends KafkaPipelineOptions {
  readonly receive: ReturnType<typeof createReceiveRole>;
  readonly traces: Role<TraceWorker> | undefined;
  readonly devices: Role<DeviceWorker> | undefined;
  readonly idleWatch: ReturnType<typeof createIdleWatch>;
  readonly shutdown: () => Promise<void>;
}

function pipelineOver(parts: Parts): KafkaPipeline {
  const { pipeline, receive, traces, devices, idleWatch } = parts;
  const sampling = createSampling(pipeline.sampling);
  const traceTasks = () => [...(traces?.workers.values() ?? [])].flatMap(({ task }) => task ?? []);
  const deviceTasks = () => [...(devices?.workers.values() ?? [])].map(({ task }) => task);
  const records = (): TraceRecord[] =>
    traceTasks().flatMap(({ stage }) => [...stage.records().values()]);
  const balances = (): DeviceBalance[] => deviceTasks().flatMap((task) => task.balances());
  const sum = (values: readonly number[]): number => values.reduce((total, one) => total + one, 0);

  /** By what the traces say that this process has. */
  const seenFractions = (): SeenFractions =>
    sampling.fractions(
      records().flatMap(({ phases, settled }) =>
        [...phases, ...settled].map(({ staged }) => staged),
      ),
      [],
    );

  function summary(): Summary {
    const traced = traceTasks().map(({ stage, devices: remote }) => ({
      records: stage.records().values(),
      stage: remote,
      restatements: stage.restatements,
    }));
    return { ...summarize(traced, balances(), pipeline), fleet: [], seen: seenFractions() };
  }

  function refusedPhases(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { stage } of deviceTasks()) {
      for (const [reason, count] of stage.refused) {
        counts.set(reason, (counts.get(reason) ?? 0) + count);
      }
    }
    return counts;
  }

  return {
    accept: receive.accept,
    addReadings: (readings) => receive.addReadings(readings, "own"),
    addPods() {},
    addCounts: (counts) => parts.observer.onUnread?.(COUNTS_UNREAD, counts.length),
    tick() {
      traces?.tick();
      devices?.tick();
    },
    finish() {},
    nodes: pipeline.nodes,
    summary,
    balances,
    fleet: () => [],
    seenFractions,
    placement: (nowMs) =>
      reportPlacement(
        records(),
        balances(),
        pipeline.nodes,
        idleWatch,
        nowMs - pipeline.join.holdMs,
      ),
    deviceKinds: receive.deviceKinds,
    latestMs: 0,
    get heldCount() {
      return sum(traceTasks().map(({ stage }) => stage.heldCount));
    },
    get heldBytes() {
      return sum(traceTasks().map(({ stage }) => stage.heldBytes));
    },
    get phaseCount() {
      return sum(deviceTasks().map(({ stage }) => stage.phaseCount));
    },
    get refusedPhases() {
      return refusedPhases();
    },
    get byteLength() {
      return sum(deviceTasks().map(({ stage }) => stage.byteLength));
    },
    shutdown: parts.shutdown,
  };
}
