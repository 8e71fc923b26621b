import { expect, it } from "vitest";
import { createLog } from "../log.ts";
import { createTopicWriter, type TopicRecord } from "./topic-writer.ts";

const record = (bytes: number, topic = "t"): TopicRecord => ({
  topic,
  partition: 0,
  value: new Uint8Array(bytes),
});

/** A broker that takes messages of up to 100 bytes, all of a topic in one request together. */
function start() {
  const taken: number[] = [];
  const lines: string[] = [];
  const writer = createTopicWriter(
    {
      async sendBatch({ topicMessages = [] }) {
        const sizes = topicMessages.map(({ messages }) =>
          messages.map(({ value }) => (value as Buffer).length),
        );
        if (sizes.some((all) => all.reduce((sum, one) => sum + one, 0) > 100)) {
          throw Object.assign(new Error("too large"), { type: "MESSAGE_TOO_LARGE" });
        }
        taken.push(...sizes.flat());
        return [];
      },
    },
    createLog({ write: (line) => lines.push(line) }),
  );
  return { writer, taken, lines };
}

it("tells of a refused record whoever wrote it, and nobody else", async () => {
  const { writer, taken, lines } = start();
  const large = writer.write([record(10), record(101)]);
  const small = writer.write([record(20)]);
  await expect(large).rejects.toThrow("too large");
  await small;
  expect(taken).toEqual([10, 20]);
  expect(lines).toEqual([]);
});

it("loses a refused record that nobody waits for, in one line, and goes on", async () => {
  const { writer, taken, lines } = start();
  writer.put(record(101, "phases"));
  writer.put(record(90));
  await writer.safe();
  await writer.write([record(95)]);
  expect(taken).toEqual([90, 95]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("a record is lost: Kafka refuses it about=phases");
  expect(writer.waitingBytes).toBe(0);
});
