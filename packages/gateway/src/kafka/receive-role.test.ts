import { instantOf } from "@wattspan/footprint";
import { expect, it } from "vitest";
import { metricsOf, oneDevice, T0 } from "../pipeline.test.fixture.ts";
import { createReceiveRole } from "./receive-role.ts";
import { decodeReadings } from "./records/reading-record.ts";
import type { TopicWriter } from "./topic-writer.ts";

const topics = { spans: "s", phases: "p", readings: "r", energies: "e", journal: "j" };

/** A role whose records are kept, over a board with two instances. */
function start() {
  const put: Parameters<TopicWriter["put"]>[0][] = [];
  const unread: [string, number][] = [];
  const part = (id: string, share: number) => ({ id, board: { id: "GPU-1", share } });
  const role = createReceiveRole({
    pipeline: {
      ...oneDevice,
      redact: ["gen_ai.prompt"],
      nodes: [{ name: "node-a", aliases: [], devices: [part("MIG-1", 0.25), part("MIG-2", 0.75)] }],
    },
    topics,
    counts: { spans: 1, devices: 64 },
    topicWriter: {
      put: (record) => void put.push(record),
      write: async (records) => void put.push(...records),
      safe: () => Promise.resolve(),
      waitingBytes: 0,
    },
    emit: () => true,
    onUnread: (...one) => void unread.push(one),
  });
  return { role, put, unread };
}

it("shares a board's readings among its instances before they part", () => {
  const { role, put } = start();
  const at = instantOf(BigInt(T0) * 1_000_000n);
  role.addReadings([{ device: "node-a/GPU-1", kind: "counter", value: 400, at }], "own");
  const readings = put.flatMap(({ value }) => decodeReadings(value as Uint8Array).readings);
  expect(new Map(readings.map(({ device, value }) => [device, value]))).toEqual(
    new Map([
      ["node-a/MIG-1", 100],
      ["node-a/MIG-2", 300],
    ]),
  );
  expect(new Set(put.map(({ partition }) => partition)).size).toBe(2);
});

it("passes on what engines count, and says that no figure comes of it", async () => {
  const { role, put, unread } = start();
  const counts = {
    "vllm:num_requests_running": 2,
    "vllm:prompt_tokens+": 15,
    "vllm:prompt_tokens_cached+": 5,
    "vllm:generation_tokens+": 0,
    "vllm:request_success+": 0,
  };
  const verdict = await role.accept("metrics", "json", metricsOf(1000, counts));
  expect(verdict).toMatchObject({ status: "accepted", rejected: 0 });
  expect(unread).toEqual([["counts_over_kafka", 1]]);
  expect(put).toEqual([]);
});

it("takes off what is not to be kept before Kafka has it", async () => {
  const { role, put } = start();
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const span = {
    traceId: "a".repeat(32),
    spanId: "b".repeat(16),
    name: "chat",
    attributes: [text("gen_ai.prompt", "a secret"), text("gen_ai.system", "vllm")],
  };
  const body = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] };
  const verdict = await role.accept("traces", "json", Buffer.from(JSON.stringify(body)));
  expect(verdict).toMatchObject({ status: "accepted", rejected: 0 });
  const [record, ...others] = put.map(({ value }) => Buffer.from(value as Uint8Array).toString());
  expect(others).toEqual([]);
  expect(record).toContain("gen_ai.system");
  expect(record).not.toContain("secret");
});
